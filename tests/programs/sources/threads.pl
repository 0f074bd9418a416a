# SPDX-License-Identifier: MIT
# Interpreter threads: shared values, queues, join, signals and sleeping.
use strict;
use warnings;
use threads;
use threads::shared;
use Thread::Queue;
use Thread::Semaphore;
use Time::HiRes qw(sleep time);

my $total :shared = 0;
my @adders = map { threads->create(sub {
	for (1 .. 200) {
		lock($total);
		$total++;
	}
	return $_[0] * 2;
}, $_) } 1 .. 10;
print join(' ', map { $_->join } @adders), " total $total\n";

my ($in, $out) = (Thread::Queue->new, Thread::Queue->new);
my @workers = map { threads->create(sub {
	while (defined(my $item = $in->dequeue)) {
		$out->enqueue($item * $item);
	}
}) } 1 .. 4;
$in->enqueue($_) for 1 .. 200;
$in->end;
$_->join for @workers;
my $sum = 0;
$sum += $out->dequeue for 1 .. 200;
print "queue $sum\n";

my $turn :shared = 0;
my @players = map { threads->create(sub {
	for (my $k = $_[0]; $k < 60; $k += 3) {
		lock($turn);
		cond_wait($turn) until $turn == $k;
		$turn++;
		cond_broadcast($turn);
	}
}, $_) } 0 .. 2;
$_->join for @players;
print "turn $turn\n";

my $begin = time;
$_->join for map { threads->create(sub { sleep 0.3 }) } 1 .. 10;
print time - $begin < 2 ? "slept together\n" : "slept one by one\n";

my $room = Thread::Semaphore->new(0);
my $died = threads->create(sub { $room->down; die "in a thread\n" });
$room->up;
$died->join;
print "error ", $died->error // 'none';

my $killed = threads->create(sub {
	$SIG{KILL} = sub { threads->exit };
	sleep 0.01 while 1;
});
sleep 0.1;
$killed->kill('KILL')->join;
print "killed ", scalar(threads->list), "\n";

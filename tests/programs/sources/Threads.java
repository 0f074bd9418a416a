// SPDX-License-Identifier: MIT
// Threads, monitors, pools, sockets, children and garbage collection.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

public class Threads {
    static final int THREADS = 200;
    private int turn;

    interface Work {
        void run(int i) throws Exception;
    }

    static int all(int count, Work work) throws InterruptedException {
        AtomicInteger good = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int mine = i;
            Thread thread = new Thread(() -> {
                try {
                    work.run(mine);
                    good.incrementAndGet();
                } catch (Exception e) {
                    System.out.println(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads)
            thread.join();
        return good.get();
    }

    synchronized void take(int k) throws InterruptedException {
        while (turn != k)
            wait();
        turn++;
        notifyAll();
    }

    static int monitors() throws InterruptedException {
        Threads shared = new Threads();
        all(10, i -> {
            for (int k = i; k < 300; k += 10)
                shared.take(k);
        });
        return shared.turn;
    }

    static boolean sleeps() throws InterruptedException {
        long begin = System.nanoTime();
        int good = all(THREADS, i -> Thread.sleep(200));
        return good == THREADS
            && System.nanoTime() - begin < THREADS * 200_000_000L / 4;
    }

    static void serve(Socket socket) {
        try (socket; BufferedReader in = new BufferedReader(
                new InputStreamReader(socket.getInputStream()));
             PrintWriter out =
                new PrintWriter(socket.getOutputStream(), true)) {
            for (String line; (line = in.readLine()) != null;)
                out.println("echo " + line);
        } catch (Exception e) {
            System.out.println(e);
        }
    }

    static int sockets() throws Exception {
        ServerSocket server =
            new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(() -> {
            try {
                for (;;) {
                    Socket socket = server.accept();
                    new Thread(() -> serve(socket)).start();
                }
            } catch (Exception e) {
                System.out.println("closed");
            }
        });
        acceptor.start();
        int good = all(50, i -> {
            try (Socket s = new Socket(server.getInetAddress(),
                                       server.getLocalPort())) {
                BufferedReader in = new BufferedReader(
                    new InputStreamReader(s.getInputStream()));
                PrintWriter out = new PrintWriter(s.getOutputStream(), true);
                for (int k = 0; k < 20; k++) {
                    out.println(i + " " + k);
                    if (!in.readLine().equals("echo " + i + " " + k))
                        throw new Exception("wrong answer");
                }
            }
        });
        server.close();
        acceptor.join();
        return good;
    }

    static long garbage() throws InterruptedException {
        AtomicInteger total = new AtomicInteger();
        all(4, i -> {
            List<byte[]> kept = new ArrayList<>();
            for (int k = 0; k < 5000; k++) {
                byte[] fresh = new byte[10000];
                fresh[k] = 1;
                if (k % 500 == 0)
                    kept.add(fresh);
                total.addAndGet(fresh[k]);
            }
            total.addAndGet(kept.size());
        });
        System.gc();
        return total.get();
    }

    static int pool() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(16);
        ArrayBlockingQueue<Integer> queue = new ArrayBlockingQueue<>(2);
        List<Future<Integer>> futures = new ArrayList<>();
        int sum = 0;
        for (int i = 0; i < 8; i++) {
            int mine = i;
            futures.add(pool.submit(() -> {
                for (int k = 0; k < 100; k++)
                    queue.put(mine);
                return 0;
            }));
            futures.add(pool.submit(() -> {
                int taken = 0;
                for (int k = 0; k < 100; k++)
                    taken += queue.take();
                return taken;
            }));
        }
        futures.add(pool.submit(() -> {
            throw new Exception("thrown");
        }));
        for (Future<Integer> future : futures) {
            try {
                sum += future.get();
            } catch (ExecutionException e) {
                System.out.println(e.getCause());
            }
        }
        pool.shutdown();
        System.out.println(pool.awaitTermination(10, TimeUnit.SECONDS));
        return sum;
    }

    static void interrupt() throws InterruptedException {
        Thread thread = new Thread(() -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                System.out.println("interrupted");
            }
        });
        thread.start();
        thread.interrupt();
        thread.join();
    }

    static void nulls() {
        int caught = 0;
        for (int i = 0; i < 1000; i++) {
            try {
                String s = i % 2 == 0 ? null : "x";
                caught -= s.length();
            } catch (NullPointerException e) {
                caught += 2;
            }
        }
        System.out.println("nulls " + caught);
    }

    static int deep(int n) {
        return n + deep(n + 1);
    }

    static void overflow() {
        try {
            deep(0);
        } catch (StackOverflowError e) {
            System.out.println("stack overflow caught");
        }
    }

    public static void main(String[] args) throws Exception {
        System.out.println("monitors " + monitors());
        System.out.println("sleeps " + sleeps());
        System.out.println("sockets " + sockets());
        System.out.println("garbage " + garbage());
        System.out.println("pool " + pool());
        interrupt();
        nulls();
        overflow();
        Process child = new ProcessBuilder("sh", "-c", "echo child; exit 5")
            .start();
        System.out.println(new String(child.getInputStream().readAllBytes())
            + child.waitFor());
        Runtime.getRuntime().addShutdownHook(
            new Thread(() -> System.out.println("hook")));
        System.exit(3);
    }
}

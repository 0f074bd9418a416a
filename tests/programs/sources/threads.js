// SPDX-License-Identifier: MIT
// Workers with shared memory, libuv's pool (dns, crypto, files), children.
'use strict';
const { Worker, isMainThread, workerData, parentPort } =
	require('worker_threads');
const { execFile } = require('child_process');
const crypto = require('crypto');
const dns = require('dns').promises;
const fs = require('fs').promises;
const util = require('util');

const WORKERS = 4;

function work() {
	const words = new Int32Array(workerData.shared);
	for (let k = workerData.i; k < 100; k += WORKERS) {
		for (let turn; (turn = Atomics.load(words, 0)) !== k;)
			Atomics.wait(words, 0, turn);
		Atomics.add(words, 0, 1);
		Atomics.notify(words, 0);
	}
	parentPort.postMessage(workerData.i * workerData.i);
}

function runWorker(i, shared) {
	return new Promise((resolve, reject) => {
		const worker = new Worker(__filename,
			{ workerData: { i, shared } });
		let answer;
		worker.on('message', (m) => { answer = m; });
		worker.on('error', reject);
		worker.on('exit', (code) => resolve([answer, code]));
	});
}

async function main() {
	const shared = new SharedArrayBuffer(4);
	const all = [];
	for (let i = 0; i < WORKERS; i++)
		all.push(runWorker(i, shared));
	console.log(await Promise.all(all), new Int32Array(shared)[0]);

	const lookups = Array.from({ length: 20 },
		() => dns.lookup('localhost', 4));
	console.log(new Set((await Promise.all(lookups))
		.map((found) => found.address)));

	const pbkdf2 = util.promisify(crypto.pbkdf2);
	const keys = await Promise.all(Array.from({ length: 12 },
		(_, i) => pbkdf2('secret', `${i}`, 2000, 16, 'sha256')));
	console.log(keys.map((key) => key.toString('hex')));

	const name = `${process.env.TMPDIR}/file`;
	await fs.writeFile(name, 'x'.repeat(100000));
	const texts = await Promise.all(Array.from({ length: 8 },
		() => fs.readFile(name, 'utf8')));
	console.log(texts.map((text) => text.length));

	const run = util.promisify(execFile);
	console.log(await Promise.all(['a', 'b', 'c'].map(
		async (word) => (await run('echo', [word])).stdout)));
}

if (isMainThread)
	main();
else
	work();

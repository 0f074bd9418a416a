// SPDX-License-Identifier: MIT
// server.js PORT - answers with a key that libuv's pool computes.
'use strict';
const crypto = require('crypto');
const http = require('http');

const server = http.createServer((request, response) => {
	crypto.pbkdf2(request.url, 'salt', 100, 32, 'sha256', (error, key) => {
		response.end(`${request.url} ${key.toString('hex')}\n`);
	});
});
server.listen(Number(process.argv[2]), '127.0.0.1');
process.on('SIGTERM', () => {
	server.close(() => process.exit(0));
	server.closeAllConnections?.();
});

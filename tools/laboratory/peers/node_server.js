// A server by Node's tls that sends back what comes. Argument: JSON of port, ciphers, group, cert and key or identity and psk, ca,
// resumption ("id", "ticket" or "").
const crypto = require('crypto');
const fs = require('fs');
const tls = require('tls');

const s = JSON.parse(process.argv[2]);
const options = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: s.ciphers, honorCipherOrder: true };
if (s.group) options.ecdhCurve = s.group;
if (s.cert) {
  options.cert = fs.readFileSync(s.cert);
  options.key = fs.readFileSync(s.key);
}
if (s.psk) {
  options.pskIdentityHint = 'plant';
  options.pskCallback = (socket, identity) => (identity === s.identity ? Buffer.from(s.psk, 'hex') : null);
}
if (s.ca) Object.assign(options, { ca: fs.readFileSync(s.ca), requestCert: true, rejectUnauthorized: true });
if (s.resumption !== 'ticket') options.secureOptions = crypto.constants.SSL_OP_NO_TICKET;

const server = tls.createServer(options, (socket) => {
  socket.on('error', (error) => console.log(error.message));
  socket.pipe(socket);
});
const sessions = new Map();
if (s.resumption === 'id') {
  server.on('newSession', (id, data, done) => { sessions.set(id.toString('hex'), data); done(); });
  server.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) || null));
}
server.on('tlsClientError', (error) => console.log(error.message));
server.listen(s.port, '127.0.0.1');

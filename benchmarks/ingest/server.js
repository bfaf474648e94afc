// A server of the seed's design: Express, better-sqlite3, one process, one transaction a batch.
//
//     node server.js DATABASE     the file has the schema already; prints `ready PORT`
//
// It is what it is to be compared with, so it does the same work a record as Whimbrel: checks it (Ajv, compiled
// once), refuses a name that is there twice, keeps its JSON, hashes the content to tell a repeated record from a
// conflict, gives its picture to what spoke of it before it came, and writes the device, the picture, the record
// with its query columns and its place in the outbox, with synchronous=FULL, while the disk has room.

import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import express from 'express';
import { openStore } from './store.js';
import { checkBatch, checkRecord, reasonOf } from './validation.js';

const LOW_WATER_BYTES = 128 * 2 ** 20;
const COLON = ':'.charCodeAt(0);
const OWN_NAMES = 2; // sessionId and statistics
const store = openStore(process.argv[2], process.argv[3]);
const folder = dirname(process.argv[2]);
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json({ limit: '8mb', verify: (request, _response, body) => { request.colons = colonsOf(body); } }));

app.post('/api/statistics', (request, response) => {
  const disk = statfsSync(folder);
  if (disk.bavail * disk.bsize < LOW_WATER_BYTES) {
    response.status(507).json({ title: 'The disk is full.' });
    return;
  }
  const batch = request.body;
  if (!checkBatch(batch)) {
    response.status(422).json({ title: 'The request does not have the expected form.', detail: reasonOf(checkBatch) });
    return;
  }
  const rejected = [];
  const prepared = [];
  batch.statistics.forEach((record, index) => {
    if (checkRecord(record)) {
      prepared.push(prepare(record, index));
    } else {
      rejected.push({ index, id: record.id ?? null, code: 'invalid', reason: reasonOf(checkRecord) });
    }
  });
  const device = deviceOf(batch);
  if (rejected.length === 0 && request.colons > namesOf(prepared, device)) {
    response.status(400).json({ title: 'The request has a name twice in one object.' });
    return;
  }
  const { accepted, duplicate, conflicts } = store.record(batch.sessionId, device, prepared, Date.now());
  response.json({ accepted, duplicate, rejected: [...rejected, ...conflicts] });
});

function prepare(record, index) {
  const { deviceInfo, embedding, thumbnail, crop, ...light } = record;
  const payload = JSON.stringify(light);
  const best = record.predictions.find((prediction) => prediction.rank === 1) ?? record.predictions[0];
  return { index, record, best, payload, id: Buffer.from(record.id.replaceAll('-', ''), 'hex'), hash: hashOf(payload) };
}

function deviceOf(batch) {
  if (!batch.deviceInfo) {
    return null;
  }
  const info = JSON.stringify(batch.deviceInfo);
  return { hash: hashOf(info), info };
}

// JSON.parse lets the last of two equal names count; the body then has more colons than what was made of it.
function namesOf(prepared, device) {
  const own = OWN_NAMES + (device ? 1 + colonsOf(Buffer.from(device.info)) : 0);
  return prepared.reduce((sum, { payload }) => sum + colonsOf(Buffer.from(payload)), own);
}

function colonsOf(bytes) {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === COLON) {
      count += 1;
    }
  }
  return count;
}

function hashOf(text) {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}

const server = app.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => store.close());
});

// A server of the seed's design: Express, better-sqlite3, one process, one transaction a batch.
//
//     node server.js DATABASE     the file has the schema already; prints `ready PORT`
//
// It is what it is to be compared with, so it does the same work a record as Whimbrel: checks it (Ajv, compiled
// once), keeps its JSON, hashes the content to tell a repeated record from a conflict, and writes the device,
// the picture, the record with its query columns and its place in the outbox, with synchronous=FULL.

import { createHash } from 'node:crypto';
import express from 'express';
import { openStore } from './store.js';
import { checkBatch, checkRecord, reasonOf } from './validation.js';

const store = openStore(process.argv[2]);
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json({ limit: '8mb' }));

app.post('/api/statistics', (request, response) => {
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
  const { accepted, duplicate, conflicts } = store.record(batch.sessionId, deviceOf(batch), prepared, Date.now());
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

function hashOf(text) {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}

const server = app.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => store.close());
});

// The memory: statements prepared once, a batch in one transaction.

import Database from 'better-sqlite3';

const RECORD = `
  INSERT INTO record (number, id, content_hash, session_id, recorded_at, received_at, payload, device, kind,
    model_version, label, probability, backend, source, inference_id, captured_at, picture)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'inference', ?, ?, ?, ?, ?, NULL, ?, ?) ON CONFLICT (id) DO NOTHING`;
const PICTURE = `
  INSERT INTO picture (sha256, file_name, path, width, height, bytes, captured_at, first_seen)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING`;
const ENQUEUE = `INSERT INTO outbox (seq, bytes) VALUES (?, ?)`;
const COUNT_IN = `
  UPDATE outbox_state SET next_number = next_number + @count, recorded = recorded + @count,
    waiting = waiting + @count, bytes = bytes + @size`;
const SPOKEN_OF = `
  SELECT EXISTS (SELECT 1 FROM record WHERE inference_id = @id AND picture IS NULL)
    OR EXISTS (SELECT 1 FROM feedback WHERE inference_id = @id AND picture IS NULL)`;
const ADOPT = `UPDATE record SET picture = @picture WHERE inference_id = @id AND picture IS NULL`;
const ADOPT_FEEDBACK = `UPDATE feedback SET picture = @picture WHERE inference_id = @id AND picture IS NULL`;
const CONFLICT = 'A record with this id and other content is stored already; give this one an id of its own.';

// Whimbrel's own settings, as store/local/connection.py has them.
const SETTINGS = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  'secure_delete = ON',
  'cache_size = -16384',
];

export function openStore(path, pageSums) {
  new Database(':memory:').loadExtension(pageSums); // stands in front of the file system from here on
  const db = new Database(path);
  for (const setting of SETTINGS) {
    db.pragma(setting);
  }
  const insertDevice = db.prepare('INSERT INTO device (hash, info) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING');
  const insertPicture = db.prepare(PICTURE);
  const pictureNumber = db.prepare('SELECT number FROM picture WHERE sha256 = ?').pluck();
  const insertRecord = db.prepare(RECORD);
  const knownHash = db.prepare('SELECT content_hash FROM record WHERE id = ?').pluck();
  const spokenOf = db.prepare(SPOKEN_OF).pluck();
  const adopt = db.prepare(ADOPT);
  const adoptFeedback = db.prepare(ADOPT_FEEDBACK);
  const nextNumber = db.prepare('SELECT next_number FROM outbox_state').pluck();
  const enqueue = db.prepare(ENQUEUE);
  const countIn = db.prepare(COUNT_IN);

  function addPicture(picture, recordedAt) {
    if (!picture) {
      return null;
    }
    const sha256 = Buffer.from(picture.sha256, 'hex');
    const { fileName, path = null, width = null, height = null, bytes = null, capturedAt = null } = picture;
    const made = insertPicture.run(sha256, fileName, path, width, height, bytes, capturedAt, recordedAt);
    return made.changes ? made.lastInsertRowid : pictureNumber.get(sha256);
  }

  function addRecord(number, sessionId, device, { record, best, payload, id, hash }, receivedAt) {
    const recordedAt = record.timestamp ?? receivedAt;
    const picture = addPicture(record.picture, recordedAt);
    const made = insertRecord.run(
      number, id, hash, sessionId, recordedAt, receivedAt, payload, device && device.hash, record.modelVersion,
      best.className, best.probability, record.backend ?? null, record.source ?? null,
      record.picture?.capturedAt ?? null, picture,
    );
    if (made.changes === 1 && picture !== null && spokenOf.get({ id })) {
      adopt.run({ id, picture });
      adoptFeedback.run({ id, picture });
    }
    return made.changes === 1;
  }

  const record = db.transaction((sessionId, device, prepared, receivedAt) => {
    const result = { accepted: 0, duplicate: 0, conflicts: [] };
    const first = nextNumber.get();
    let size = 0;
    if (device) {
      insertDevice.run(device.hash, device.info);
    }
    for (const item of prepared) {
      const number = first + result.accepted;
      if (addRecord(number, sessionId, device, item, receivedAt)) {
        const bytes = Buffer.byteLength(item.payload);
        enqueue.run(number, bytes);
        size += bytes;
        result.accepted += 1;
      } else if (knownHash.get(item.id).equals(item.hash)) {
        result.duplicate += 1;
      } else {
        result.conflicts.push({ index: item.index, id: item.record.id, code: 'conflict', reason: CONFLICT });
      }
    }
    countIn.run({ count: result.accepted, size });
    return result;
  });

  return { record: record.immediate, close: () => db.close() };
}

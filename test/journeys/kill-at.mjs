// Loaded before the program (node --import): kills it at one exact step of what it writes down, as `kill -9` would.
// A step is the moment before a journal's line is written, the moment after it is on disk, or after the ledger is.
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

const at = Number(process.env.KILL_AT);
const counter = process.env.KILL_COUNT;
const file = await open(process.execPath);
const prototype = Object.getPrototypeOf(file);
await file.close();
const { appendFile, datasync, sync } = prototype;
let step = 0;

function pass() {
  step += 1;
  if (step === at) process.kill(process.pid, 'SIGKILL');
}

prototype.appendFile = async function (...args) {
  pass();
  return await appendFile.apply(this, args);
};
prototype.datasync = async function () {
  await datasync.call(this);
  pass();
};
prototype.sync = async function () {
  await sync.call(this);
  pass();
};
if (counter) process.on('exit', () => writeFileSync(counter, String(step)));

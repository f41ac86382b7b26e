import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { openEvaluator } from '../app/evaluate.ts';
import { Problem } from '../core/problem.ts';
import { type Flags, refuseWords } from './flags.ts';
import { printJson } from './print-json.ts';
import { showMessage } from './show/show-message.ts';

/** More than any provider takes. */
const MOST_BYTES = 50 * 1024 * 1024;

/** As Exchange has it. What reads the headers takes seconds for so much, and minutes for more. */
const MOST_HEADER_BYTES = 256 * 1024;

/** Explains a received message: who signed it, who sent it, and whether its author's domain stands by it. Exit status 0 where DMARC passes, or nothing is published. */
export async function runCheckMessage(flags: Flags): Promise<number> {
  refuseWords(flags, '--message looks at a message, not at domains.');
  const raw = readMessage(flags.text('message') ?? '');
  const ip = flags.text('ip');
  const helo = flags.text('helo');
  const from = flags.text('from');
  if (ip !== undefined && (isIP(ip) === 0 || ip.includes('%')))
    throw new Problem('input', 'flag.ip', `--ip: "${ip}" is no IP address.`, { fix: 'Write it as in --ip 192.0.2.1.' });
  if (from !== undefined && from !== '' && !from.includes('@'))
    throw new Problem('input', 'flag.from', `--from: "${from}" is no address.`, {
      fix: "With --message it is the envelope sender, as in --from bounce@example.com; --from '' for a bounce.",
    });
  const evaluator = openEvaluator(flags.text('resolver'));
  try {
    const verdict = await evaluator.message(raw, {
      ...(ip === undefined ? {} : { ip }),
      ...(helo === undefined ? {} : { helo }),
      ...(from === undefined ? {} : { from }),
    });
    const { result } = verdict.dmarc;
    const isFine = result === 'pass' || (result === 'none' && verdict.author !== undefined);
    const exit = isFine ? 0 : result === 'temperror' ? 3 : 1;
    printJson(flags, { version: 1, command: 'check --message', ...verdict, exit }, () => showMessage(verdict));
    return exit;
  } finally {
    evaluator.close();
  }
}

function readMessage(path: string): Buffer {
  let raw: Buffer;
  try {
    raw = readFileSync(path === '-' ? 0 : path);
    // Editors put a byte order mark before what they save.
    if (raw.subarray(0, 3).equals(Buffer.from('\uFEFF'))) raw = raw.subarray(3);
  } catch (error) {
    throw new Problem('input', 'flag.file', `--message: ${path} can't be read (${(error as Error).message}).`, {
      fix: 'Name a message as it was received, with all its headers (.eml).',
    });
  }
  if (raw.length > MOST_BYTES)
    throw new Problem('input', 'message.size', `--message: ${path} has ${raw.length} bytes, more than any message.`);
  if (
    !/^[!-9;-~]+:/.test(
      raw
        .subarray(0, 1000)
        .toString('latin1')
        .replace(/^From .*\r?\n/, ''),
    )
  )
    throw new Problem('input', 'message.headers', `--message: ${path} does not begin with a header.`, {
      fix: 'Name a message as it was received, with all its headers (.eml).',
    });
  const body = /\r?\n\r?\n/.exec(raw.subarray(0, MOST_HEADER_BYTES).toString('latin1'));
  if (!body && raw.length > MOST_HEADER_BYTES)
    throw new Problem(
      'input',
      'message.headers',
      `--message: ${path} has more than ${MOST_HEADER_BYTES} bytes of headers.`,
    );
  return raw;
}

import { type Mime, writeMime } from './mime.ts';

/** The test file that every scanner knows (EICAR), in two parts lest a scanner find it here. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

/** Whether a message carries the test virus, as it is or in base64. */
export function hasVirus(mime: Mime): boolean {
  const text = writeMime(mime).toString('latin1');
  const encoded = Buffer.from(EICAR).toString('base64').slice(0, -4);
  return text.includes(EICAR) || text.replaceAll(/\r\n/g, '').includes(encoded);
}

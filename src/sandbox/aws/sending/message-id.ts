import { randomUUID } from 'node:crypto';

const ID_PREFIX: Readonly<Record<string, string>> = {
  'us-west-2': '0101',
  'eu-west-1': '0102',
  'eu-central-1': '0107',
};

/** '0100019c…-uuid-000000': what SendEmail answers, and a feedback id. `now` in milliseconds. */
export function makeMessageId(region: string, now: number): string {
  const time = Math.trunc(now).toString(16).padStart(12, '0');
  return `${ID_PREFIX[region] ?? '0100'}${time}-${randomUUID()}-000000`;
}

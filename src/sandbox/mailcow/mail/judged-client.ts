import type { Arrival } from '../../mail/evaluate.ts';
import { isWithin } from '../api-keys.ts';
import type { Installation } from '../installation.ts';
import { unfoldedHeaders } from './headers.ts';

/**
 * Whose message it is for SPF: the client's, or where that is a registered forwarding host, whoever handed it to that
 * host, as its Received header on top says ('from helo (name [address])'). A simplification: the real one weighs
 * what it finds against the registration and leaves a forwarding host's mail alone; here it is judged as if
 * there were no host between. A header that names no address leaves the judgement with the client.
 */
export function findJudgedClient(cow: Installation, raw: Buffer, arrival: Arrival): Arrival {
  if (!isWithin(arrival.ip, [...cow.forwardingHosts.keys()])) return arrival;
  const received = unfoldedHeaders(raw).find((line) => /^received:/i.test(line));
  const named = /^received:\s*from\s+(\S+)[^[]*\[(?:IPv6:)?([\da-f.:]+)\]/i.exec(received ?? '');
  const [, helo, ip] = named ?? [];
  return helo === undefined || ip === undefined ? arrival : { ...arrival, helo, ip };
}

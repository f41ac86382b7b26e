import type { Internet } from '../../world.ts';
import { feedbackHost, REGIONS } from '../regions.ts';
import { ask, sameHost } from './check-dkim.ts';

/**
 * Looks once for the MX of a custom MAIL FROM domain: exactly one, of exactly this Region's feedback host, at the name itself.
 * The SPF record is not looked at. `shared` also accepts another Region's feedback host.
 */
export async function checkMailFrom(
  internet: Internet,
  domain: string,
  region: string,
  shared: boolean,
  remember: boolean,
): Promise<boolean> {
  const answer = await ask(internet, domain, 'MX', remember);
  if (answer.rcode !== 'NOERROR' || answer.records.some(({ type }) => type === 'CNAME')) return false;
  const hosts = answer.records
    .filter((record) => record.type === 'MX' && sameHost(record.name, domain))
    .map(({ value }) => value.trim().split(/\s+/)[1] ?? '');
  const accepted = shared ? REGIONS.map(feedbackHost) : [feedbackHost(region)];
  return hosts.length === 1 && hosts.every((host) => accepted.some((known) => sameHost(host, known)));
}

import { type Diagnosis, toDiagnosis } from '../../core/diagnosis.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import { parseAnswer } from './answers.ts';
import type { MailcowClient } from './client.ts';
import { type MailcowNeeds, openMailcowClient } from './index.ts';
import { readDomain } from './read.ts';
import type { MailcowSettings } from './settings.ts';

/**
 * For `mailwright doctor`: whether Mailcow is reached and its certificate trusted, whether it takes the key from this machine's address,
 * whether the key may write (asked of a call that has nothing to write), its version and containers, and what these domains are there.
 */
export async function examineMailcow(
  settings: MailcowSettings,
  domains: readonly string[],
  needs: Pick<MailcowNeeds, 'host' | 'timeoutMs'>,
): Promise<readonly Diagnosis[]> {
  const at = (id: string) => ({ id: `mailcow.${id}`, system: 'mailcow', about: needs.host });
  let client: MailcowClient;
  try {
    client = openMailcowClient(settings, needs);
  } catch (error) {
    return [toDiagnosis(toProblem(error), at('key'))];
  }
  try {
    // Alone and first: a key that is refused is not shown a second time.
    const version = parseAnswer(needs.host, 'version', await client.get('get/status/version', { about: 'version' }));
    const trust =
      settings.fingerprint === undefined ? 'its certificate is trusted' : 'its certificate is the pinned one';
    const secure = !settings.url?.startsWith('http:');
    const lines: Diagnosis[] = [
      {
        ...at('reachable'),
        status: 'ok',
        says: `Mailcow answers${secure ? `, and ${trust}` : ' without TLS, on this machine'}`,
      },
      { ...at('key'), status: 'ok', says: 'Mailcow accepts the API key from this machine’s address' },
      { ...at('version'), status: 'ok', says: `version ${version}` },
    ];
    const more = await Promise.all([
      line(at('permission'), () => examineWrites(client)),
      line(at('containers'), () => examineContainers(client)),
      ...domains.map((domain) => line({ ...at('domain'), about: domain }, () => examineDomain(client, domain))),
    ]);
    return [...lines, ...more];
  } catch (error) {
    const problem = toProblem(error);
    return [toDiagnosis(problem, at(problem.kind === 'account' ? 'key' : 'reachable'))];
  } finally {
    client.close();
  }
}

type At = Pick<Diagnosis, 'id' | 'system' | 'about'>;
type Found = Pick<Diagnosis, 'status' | 'says' | 'fix' | 'permission'>;

async function line(at: At, look: () => Promise<Found>): Promise<Diagnosis> {
  try {
    return { ...at, ...(await look()) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return toDiagnosis(error, at);
  }
}

async function examineWrites(client: MailcowClient): Promise<Found> {
  const permission = { action: 'read-write access', neededBy: 'domains, mailboxes and aliases' };
  const may = await client.mayWrite();
  if (may === undefined) return { permission, status: 'unprovable', says: 'not provable without writing' };
  if (may) return { permission: { ...permission, proof: 'call' }, status: 'ok', says: 'the key may write' };
  return {
    permission: { ...permission, proof: 'call' },
    status: 'refused',
    says: 'the key is only for reading',
    fix: 'Use the key for read-write access (System, Configuration, Access, API).',
  };
}

async function examineContainers(client: MailcowClient): Promise<Found> {
  const answer = await client.get('get/status/containers', { about: 'containers' });
  const all = Object.entries(answer === undefined ? {} : parseAnswer(client.host, 'containers', answer));
  const down = all
    .filter(([, { state }]) => state !== 'running')
    .map(([name, { state }]) => `${name} (${state ?? 'no state'})`);
  if (all.length === 0) return { status: 'unknown', says: 'Mailcow does not say which containers run' };
  if (down.length === 0) return { status: 'ok', says: `all ${all.length} containers are running` };
  return {
    status: 'warning',
    says: `not running: ${down.join(', ')}`,
    fix: 'On its host, in Mailcow’s folder: docker compose up -d; then docker compose logs tells why one stops.',
  };
}

async function examineDomain(client: MailcowClient, domain: string): Promise<Found> {
  const found = await readDomain(client, domain);
  if (!found) return { status: 'ok', says: 'Mailcow does not have the domain yet' };
  if (found.name !== domain)
    return {
      status: 'warning',
      says: `an alias domain of ${found.name}: it has no mailboxes of its own`,
      fix: 'Remove the alias domain in Mailcow, or leave `mailcow` out of the profile for it.',
    };
  if (!found.active)
    return {
      status: 'warning',
      says: 'switched off at Mailcow: no mail is taken for it',
      fix: 'Switch it on in Mailcow (E-Mail, Configuration, Domains).',
    };
  return { status: 'ok', says: `there, with ${found.mailboxes} mailboxes and room for ${found.mailboxesLeft} more` };
}

import type { Asked } from '../http.ts';
import { isObject, Refusal } from './refusal.ts';
import type { Registrar } from './registrar.ts';
import type { Account, Domain } from './state.ts';

/** The two keys of a call, as they came. */
export interface Credentials {
  readonly apiKey: string | undefined;
  readonly secretApiKey: string | undefined;
}

/** Keys of the body, or of the headers where the body has none. */
export function readCredentials(asked: Asked, body: unknown): Credentials {
  const fromBody = isObject(body) ? { apiKey: text(body.apikey), secretApiKey: text(body.secretapikey) } : undefined;
  if (fromBody?.apiKey !== undefined || fromBody?.secretApiKey !== undefined) return fromBody;
  return { apiKey: text(asked.headers['x-api-key']), secretApiKey: text(asked.headers['x-secret-api-key']) };
}

/** Whose keys they are. @throws Refusal where one is missing or they fit no account */
export function authenticate(registrar: Registrar, { apiKey, secretApiKey }: Credentials): Account {
  if (apiKey === undefined) throw new Refusal(400, 'API_KEY_REQUIRED', 'API key required.', authenticateHint());
  if (secretApiKey === undefined)
    throw new Refusal(400, 'MISSING_SECRETAPIKEY', 'Missing secretapikey.', authenticateHint());
  const account = registrar
    .accounts()
    .find((candidate) => candidate.apiKey === apiKey && candidate.secretApiKey === secretApiKey);
  if (!account) throw new Refusal(400, 'INVALID_API_KEYS_001', 'Invalid API key. (001)', authenticateHint());
  return account;
}

/** Lets an account's keys at a domain. @throws Refusal where they are not allowed there or the domain is not opted in */
export function admitTo({ switches }: Registrar, account: Account, domain: Domain): void {
  if (account.keyDomains !== 'all' && !account.keyDomains.includes(domain.name))
    throw new Refusal(403, 'DOMAIN_NOT_ALLOWED', 'This API key may not be used for this domain.');
  if (domain.apiAccess) return;
  const sentence = 'Domain is not opted in to API access.';
  if (switches.optIn === 'sentence') throw new Refusal(400, undefined, sentence);
  throw new Refusal(400, 'API_ACCESS_DISABLED', sentence.toUpperCase(), {
    next_action: { type: 'enable_setting', hint: 'Turn on API ACCESS for this domain.' },
  });
}

function authenticateHint() {
  return { next_action: { type: 'authenticate', hint: 'Send apikey and secretapikey.' } };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

import type { Answered, Call } from './call.ts';
import * as records from './record-calls.ts';
import { noRoute, refuse } from './refusal.ts';
import * as tokens from './token-calls.ts';
import * as zones from './zone-calls.ts';

/** A call that exists. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** The ledger's name for it. */
  readonly operation: string;
  readonly handle: (call: Call) => Answered;
  /** Sees or writes records of the zone in the path: another editor's due edits come first. */
  readonly onRecords?: true;
  /** Destructive for a whole zone: marked in the ledger, and refused. */
  readonly forbidden?: true;
}

const ZONE = '/zones/([^/]+)';
const RECORD = `${ZONE}/dns_records/([^/]+)`;

const never = (): Answered => {
  throw refuse(403, 10_000, 'Authentication error');
};

function route(
  method: string,
  path: string,
  operation: string,
  handle: Route['handle'],
  extra: Partial<Route> = {},
): Route {
  return { method, path: new RegExp(`^${path}$`), operation, handle, ...extra };
}

const onRecords = true;
const forbidden = true;

const ROUTES: readonly Route[] = [
  route('GET', '/user/tokens/verify', 'user.tokens.verify', tokens.verifyUserToken),
  route('GET', '/accounts/([^/]+)/tokens/verify', 'accounts.tokens.verify', tokens.verifyAccountToken),
  route('GET', '/accounts', 'accounts.list', tokens.listAccounts),
  route('GET', '/zones', 'zones.list', zones.listZones),
  route('POST', '/zones', 'zones.create', zones.createZone),
  route('GET', ZONE, 'zones.get', zones.getZone),
  route('PATCH', ZONE, 'zones.edit', never, { forbidden }),
  route('DELETE', ZONE, 'zones.delete', never, { forbidden }),
  route('GET', `${ZONE}/dns_settings`, 'dns_settings.get', zones.getDnsSettings),
  route('PATCH', `${ZONE}/dns_settings`, 'dns_settings.edit', never, { forbidden }),
  route('GET', `${ZONE}/pagerules`, 'pagerules.list', zones.listPageRules),
  route('GET', `${ZONE}/dns_records`, 'dns_records.list', records.listRecords, { onRecords }),
  route('POST', `${ZONE}/dns_records`, 'dns_records.create', records.postRecord, { onRecords }),
  route('GET', `${ZONE}/dns_records/export`, 'dns_records.export', records.exportRecords),
  route('POST', `${ZONE}/dns_records/batch`, 'dns_records.batch', records.batchRecords, { onRecords }),
  route('GET', RECORD, 'dns_records.get', records.getRecord, { onRecords }),
  route('PUT', RECORD, 'dns_records.update', records.putRecord, { onRecords }),
  route('PATCH', RECORD, 'dns_records.edit', records.editRecord, { onRecords }),
  route('DELETE', RECORD, 'dns_records.delete', records.removeRecord, { onRecords }),
];

/** The route of a request below /client/v4, with the ids of its path; the refusal where there is none. */
export function findRoute(
  method: string,
  path: string,
): { route: Route; ids: readonly string[] } | ReturnType<typeof refuse> {
  const here = ROUTES.filter((candidate) => candidate.path.test(path));
  const found = here.find((candidate) => candidate.method === method);
  if (found) return { route: found, ids: (found.path.exec(path) ?? []).slice(1) };
  if (here.length > 0) return refuse(405, 10_405, `Method ${method} not available for that URI.`);
  return noRoute(path);
}

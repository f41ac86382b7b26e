import type { Answered, Call } from './call.ts';
import * as dns from './dns-calls.ts';
import * as domain from './domain-calls.ts';

/** A call that exists. */
export interface Route {
  readonly path: RegExp;
  /** The ledger's name for it. */
  readonly operation: string;
  readonly handle: (call: Call) => Answered;
  /** Reads are answered to GET too. */
  readonly reads?: true;
  /** Sees or writes records of the domain in the path: another editor's due edits come first. */
  readonly onRecords?: true;
  /** Acts on records of which the caller may know nothing: marked in the ledger. */
  readonly forbidden?: true;
}

const PART = '/([^/]+)';
const SUB = '(?:/([^/]+))?';

function route(path: string, handle: Route['handle'], kind: 'reads' | 'writes', extra: Partial<Route> = {}): Route {
  const operation = path.split('/').slice(1, 3).join('.');
  const pattern = path.replaceAll('{sub}', SUB).replaceAll('/{}', PART);
  const records = operation.startsWith('dns.') ? { onRecords: true as const } : {};
  const reads = kind === 'reads' ? { reads: true as const } : {};
  return { path: new RegExp(`^${pattern}/?$`), operation, handle, ...records, ...reads, ...extra };
}

const forbidden = true;

/** All calls but ping, which needs no credentials. */
export const ROUTES: readonly Route[] = [
  route('/domain/listAll', domain.listAll, 'reads'),
  route('/domain/getNs/{}', domain.getNs, 'reads'),
  route('/domain/updateNs/{}', domain.updateNs, 'writes'),
  route('/domain/getUrlForwarding/{}', domain.getUrlForwarding, 'reads'),
  route('/dns/retrieve/{}{sub}', dns.retrieve, 'reads'),
  route('/dns/retrieveByNameType/{}/{}{sub}', dns.retrieveByNameType, 'reads'),
  route('/dns/create/{}', dns.create, 'writes'),
  route('/dns/edit/{}/{}', dns.edit, 'writes'),
  route('/dns/editByNameType/{}/{}{sub}', dns.editByNameType, 'writes', { forbidden }),
  route('/dns/delete/{}/{}', dns.remove, 'writes'),
  route('/dns/deleteByNameType/{}/{}{sub}', dns.deleteByNameType, 'writes', { forbidden }),
];

/** The route of a path below the base, with its decoded parts. */
export function findRoute(path: string): { route: Route; parts: readonly string[] } | undefined {
  for (const candidate of ROUTES) {
    const match = candidate.path.exec(path);
    if (match)
      return {
        route: candidate,
        parts: match
          .slice(1)
          .filter((part) => part !== undefined)
          .map(decoded),
      };
  }
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

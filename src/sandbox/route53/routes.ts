import type { Call, Prepared } from './call.ts';
import * as sets from './set-calls.ts';
import * as side from './side-calls.ts';
import * as zones from './zone-calls.ts';

/** A call that exists. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** The API's name, which is also the ledger's. */
  readonly operation: string;
  /** Reads the input. @throws AwsError InvalidInput */
  readonly prepare: (call: Call) => Prepared;
  /** Sees or writes sets of the zone in the path: another editor's due edits come first. */
  readonly onSets?: true;
  /** Changes what belongs to the whole account: marked in the ledger. */
  readonly forbidden?: true;
}

const ID = '([A-Z0-9]+)';

function route(call: string, operation: string, prepare: Route['prepare'], extra: Partial<Route> = {}): Route {
  const [method = '', path = ''] = call.split(' ');
  // The AWS CLI ends some paths with a slash.
  return { method, path: new RegExp(`^/2013-04-01${path.replace('{id}', ID)}/?$`), operation, prepare, ...extra };
}

const forbidden = true;
const onSets = true;

const ROUTES: readonly Route[] = [
  route('GET /hostedzonesbyname', 'ListHostedZonesByName', zones.listHostedZonesByName),
  route('GET /hostedzonecount', 'GetHostedZoneCount', zones.getHostedZoneCount),
  route('GET /hostedzone', 'ListHostedZones', zones.listHostedZones),
  route('POST /hostedzone', 'CreateHostedZone', zones.createHostedZone, { forbidden }),
  route('GET /hostedzone/{id}', 'GetHostedZone', zones.getHostedZone),
  route('DELETE /hostedzone/{id}', 'DeleteHostedZone', zones.deleteHostedZone, { forbidden }),
  route('GET /hostedzone/{id}/rrset', 'ListResourceRecordSets', sets.listResourceRecordSets, { onSets }),
  route('POST /hostedzone/{id}/rrset', 'ChangeResourceRecordSets', sets.changeResourceRecordSets, { onSets }),
  route('GET /change/{id}', 'GetChange', sets.getChange),
  route('GET /healthcheck', 'ListHealthChecks', side.listHealthChecks),
  route('GET /tags/hostedzone/{id}', 'ListTagsForResource', side.listTagsForResource),
  route('POST /tags/hostedzone/{id}', 'ChangeTagsForResource', side.changeTagsForResource, { forbidden }),
];

/** The route of a request, with the ids of its path. */
export function findRoute(method: string, path: string): { route: Route; parts: readonly string[] } | undefined {
  for (const candidate of ROUTES) {
    const match = candidate.method === method ? candidate.path.exec(path) : null;
    if (match) return { route: candidate, parts: match.slice(1) };
  }
  return undefined;
}

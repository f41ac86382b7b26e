import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws/gate/errors.ts';
import { type AccessKey, authorize } from '../aws/gate/keys.ts';
import { xml } from '../aws/gate/replies.ts';
import { QUERY_SIGNATURE_ERRORS, readClaim, verifySignature } from '../aws/gate/signature.ts';
import type { Gate } from '../aws/main.ts';
import type { Asked, Reply } from '../http.ts';
import type { World } from '../world.ts';
import type { Editor } from './editor.ts';
import { InvalidChangeBatch, priorRequestNotComplete } from './errors.ts';
import type { HostedZones } from './hosted-zones.ts';
import { readXml } from './read-xml.ts';
import { findRoute } from './routes.ts';
import { showSet } from './set-input.ts';

/** What the HTTP side needs. */
export interface Api {
  readonly world: World;
  readonly gate: Gate;
  readonly zones: HostedZones;
  readonly editor: Editor;
  /** Times of the accounts' calls within the last second, real time. */
  readonly calls: Map<string, number[]>;
}

/** What is known of a call so far; the ledger's row is made of it whatever becomes of the call. */
interface Trace {
  readonly operation: string;
  caller?: string;
  body?: unknown;
  effect: boolean;
  forbidden: boolean;
}

const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';
// Route 53 is global: signatures are made for this Region wherever the caller is.
const REGION = 'us-east-1';

/** Answers one HTTP request. Never throws what a caller did wrong. */
export function serveRoute53(api: Api, asked: Asked): Reply {
  const found = findRoute(asked.method, asked.path);
  const trace: Trace = {
    operation: found?.route.operation ?? `${asked.method} ${asked.path}`,
    effect: false,
    // Whatever else writes is nothing that Mailwright has to do with.
    forbidden: found ? found.route.forbidden === true : asked.method !== 'GET',
  };
  let reply: Reply;
  let error: string | undefined;
  try {
    reply = withFaults(api, trace, admit(api, asked, trace), (key) => act(api, asked, trace, found, key));
    error = reply.status >= 400 ? 'InternalFailure' : undefined;
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    error = thrown.code;
    reply = refusal(api, thrown);
  }
  const { operation, caller, body, effect, forbidden } = trace;
  const query = Object.fromEntries(asked.query);
  api.world.ledger.write({
    system: 'route53',
    operation,
    region: REGION,
    ...(caller === undefined ? {} : { caller }),
    request: { method: asked.method, path: asked.path, query, ...(body === undefined ? {} : { body }) },
    status: reply.status,
    ...(error === undefined ? {} : { error }),
    effect,
    ...(forbidden ? { forbidden: true } : {}),
  });
  return reply;
}

/** Who asks, believed only after the signature has been recomputed. */
function admit({ gate }: Api, asked: Asked, trace: Trace): AccessKey {
  const claim = readClaim(asked, QUERY_SIGNATURE_ERRORS);
  trace.caller = claim.keyId;
  const key = gate.keys.get(claim.keyId);
  if (!key) throw new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid.');
  if (claim.service === 'route53' && claim.region !== REGION)
    throw new AwsError(
      QUERY_SIGNATURE_ERRORS.invalid,
      403,
      `Credential should be scoped to a valid region, not '${claim.region}'. `,
    );
  verifySignature(asked, claim, key.secret, 'route53', gate.clocks(), QUERY_SIGNATURE_ERRORS);
  return key;
}

function act(api: Api, asked: Asked, trace: Trace, found: ReturnType<typeof findRoute>, key: AccessKey): Reply {
  takeTurn(api, key);
  if (!found) throw new AwsError('UnknownOperationException', 404, 'Unknown operation.');
  const { route, parts } = found;
  const { zones, editor } = api;
  const document = asked.method === 'POST' ? readXml(asked.body.toString('utf8')) : undefined;
  const prepared = route.prepare({ zones, editor, key, parts, query: asked.query, document });
  trace.body = prepared.shape;
  trace.forbidden ||= prepared.forbidden === true;
  authorize(key, prepared.permissions, true);
  if (route.onSets) actOtherEditor(api, parts[0] ?? '');
  const { status = 200, headers = {}, root, body, effect } = prepared.run();
  trace.effect = effect;
  return answer(api, status, `<${root} xmlns="${NAMESPACE}">${body}</${root}>`, headers);
}

function takeTurn({ zones, calls }: Api, { account }: AccessKey): void {
  const most = zones.switches.callsPerSecond;
  if (most === 0) return;
  const recent = (calls.get(account) ?? []).filter((at) => at > Date.now() - 1000);
  calls.set(account, recent);
  if (recent.length >= most) throw throttling();
  recent.push(Date.now());
}

function throttling(): AwsError {
  return new AwsError('Throttling', 400, 'Rate exceeded');
}

function withFaults(api: Api, trace: Trace, key: AccessKey, run: (key: AccessKey) => Reply): Reply {
  const faults = api.world.faults.take('route53', trace.operation, REGION);
  const has = (kind: string) => faults.some((fault) => fault.kind === kind);
  const failure = () => ({ ...refusal(api, new AwsError('InternalFailure', 500, 'Internal failure.')), faults });
  const throttle = faults.find(({ kind }) => kind === 'throttle');
  if (throttle) throw throttling();
  if (has('conflict')) throw priorRequestNotComplete();
  if (has('error-before')) return failure();
  if (has('html')) {
    const headers = { 'content-type': 'text/html' };
    return { status: 502, headers, body: '<html><body><h1>502 Bad Gateway</h1></body></html>', faults };
  }
  const reply = run(key);
  if (has('duplicate'))
    try {
      run(key);
    } catch (error) {
      // The second time may well be refused because of the first.
      if (!(error instanceof AwsError)) throw error;
    }
  return has('error-after') ? failure() : { ...reply, faults };
}

function actOtherEditor(api: Api, id: string): void {
  const zone = api.zones.findZone(id);
  if (!zone) return;
  for (const { changes } of api.editor.act(zone))
    api.world.ledger.write({
      system: 'route53',
      operation: 'ChangeResourceRecordSets',
      region: REGION,
      caller: 'another editor',
      request: {
        method: 'POST',
        path: `/2013-04-01/hostedzone/${zone.id}/rrset`,
        body: changes.map(({ action, set }) => ({ Action: action, ResourceRecordSet: showSet(set) })),
      },
      status: 200,
      effect: true,
    });
}

function refusal(api: Api, error: AwsError): Reply {
  const listed =
    error instanceof InvalidChangeBatch && api.zones.switches.listedMessages
      ? `<messages>${error.messages.map((message) => `<Message>${xml(message)}</Message>`).join('')}</messages>`
      : '';
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const inside = `<Type>${type}</Type><Code>${xml(error.code)}</Code><Message>${xml(error.message)}</Message>${listed}`;
  const id = `<RequestId>${randomUUID()}</RequestId>`;
  return answer(api, error.status, `<ErrorResponse xmlns="${NAMESPACE}"><Error>${inside}</Error>${id}</ErrorResponse>`);
}

function answer(api: Api, status: number, document: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: {
      'content-type': 'text/xml',
      'x-amzn-requestid': randomUUID(),
      date: new Date(api.world.clock.now()).toUTCString(),
      ...headers,
    },
    body: `<?xml version="1.0"?>\n${document}`,
  };
}

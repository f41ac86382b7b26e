import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { type Client, collect, loadSdk, type Sdk, type Zone } from './sdk.ts';

/** What a refused call said: HTTP status, and the codes of the errors with those of their chains. */
export interface Refusal {
  readonly status: number;
  readonly codes: readonly number[];
}

/** A sandbox with the live zone `rules.test`, and the official SDK in front of it. */
export function openDesk(path: string) {
  let open: { stage: Stage; sdk: Sdk; zone: Zone } | undefined;
  const opened = () => {
    if (!open) throw new Error('the stage opens before the first test');
    return open;
  };
  const client = (apiToken = opened().stage.env.CLOUDFLARE_API_TOKEN ?? ''): Client =>
    new (opened().sdk)({ apiToken, baseURL: opened().stage.env.CLOUDFLARE_BASE_URL ?? '', maxRetries: 0 });
  beforeAll(async () => {
    const stage = await openStage();
    const sdk = await loadSdk(path);
    await stage.zone('rules.test');
    const { CLOUDFLARE_API_TOKEN: apiToken = '', CLOUDFLARE_BASE_URL: baseURL = '' } = stage.env;
    const [zone] = await collect(new sdk({ apiToken, baseURL }).zones.list({ name: 'rules.test' }));
    if (!zone) throw new Error('the zone is not listed');
    open = { stage, sdk, zone };
  });
  afterEach(() => opened().stage.control('DELETE /faults'));
  afterAll(() => open?.stage.close());
  return {
    get stage(): Stage {
      return opened().stage;
    },
    get zone(): Zone {
      return opened().zone;
    },
    client,
    /** A client with a token of its own. */
    async withToken(name: string, more: object): Promise<Client> {
      const { secret } = (await opened().stage.control('POST /control/cloudflare/tokens', { name, ...more })) as {
        secret: string;
      };
      return client(secret);
    },
    create: (record: object, by = client()) =>
      by.dns.records.create({ zone_id: opened().zone.id, ttl: 300, ...record }),
    batch: (changes: object, by = client()) => by.dns.records.batch({ zone_id: opened().zone.id, ...changes }),
    records: () => opened().stage.zoneRecords('rules.test'),
  };
}

/** The zone, the client and what is done with them. */
export type Desk = ReturnType<typeof openDesk>;

/** How a call was refused; fails where it was not. */
export async function refusal(call: PromiseLike<unknown>): Promise<Refusal> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ status: expect.any(Number), errors: expect.any(Array) });
  const { status, errors } = error as {
    status: number;
    errors: { code: number; error_chain?: { code: number }[] }[];
  };
  return { status, codes: errors.flatMap((one) => [one.code, ...(one.error_chain ?? []).map((more) => more.code)]) };
}

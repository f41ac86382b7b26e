import { z } from 'zod';
import type { ProviderServer } from '../dns/main.ts';
import type { StandIn } from '../world.ts';
import type { Edge } from './edge.ts';
import type { Editor } from './editor.ts';
import { setEmailRouting } from './email-routing.ts';
import type { Estate } from './estate.ts';
import type { RateLimit } from './rate.ts';
import { seedRecords, seedSchema } from './seed.ts';
import { type Account, type CloudZone, PERMISSIONS } from './state.ts';
import type { Tokens } from './tokens.ts';
import { showAccount, showRecord, showZone } from './view.ts';

const plan = z.enum(['free', 'pro', 'business', 'enterprise']);
const zoneSchema = z.strictObject({
  name: z.string().min(1),
  account: z.string().optional(),
  plan: plan.default('free'),
  recordQuota: z.int().positive().optional(),
  records: z.array(seedSchema).default([]),
  delegate: z.boolean().default(true),
  emailRouting: z.boolean().default(false),
  flattenAllCnames: z.boolean().default(false),
});
const settingsSchema = z.strictObject({
  zone: z.string().min(1),
  plan: plan.optional(),
  recordQuota: z.int().positive().optional(),
  emailRouting: z.union([z.boolean(), z.literal('unlocked')]).optional(),
  flattenAllCnames: z.boolean().optional(),
  records: z.array(seedSchema).default([]),
});
const tokenSchema = z.strictObject({
  name: z.string().min(1),
  secret: z.string().optional(),
  family: z.enum(['user', 'account']).default('user'),
  account: z.string().optional(),
  zones: z.union([z.literal('all'), z.array(z.string())]).default('all'),
  permissions: z.array(z.enum(PERMISSIONS)).default([...PERMISSIONS]),
  status: z.enum(['active', 'disabled', 'expired']).default('active'),
});
const statusSchema = z.strictObject({ name: z.string(), status: z.enum(['active', 'disabled', 'expired']) });
const edgeSchema = z.strictObject({
  delayMs: z.number().nonnegative().optional(),
  server: z.string().optional(),
  lag: z.union([z.literal('stuck'), z.number().nonnegative()]).optional(),
});
const entries = z.array(z.record(z.string(), z.unknown())).optional();
const editorSchema = z.strictObject({
  zone: z.string(),
  deletes: entries,
  patches: entries,
  puts: entries,
  posts: entries,
});
const limitsSchema = z.strictObject({
  requests: z.int().positive().optional(),
  identicalCode: z.union([z.literal(81_057), z.literal(81_058)]).optional(),
});

/** Cloudflare's control routes. Accounts and zones are named by id or name; of twin zones the id is needed. */
export function controlRoutes(cloud: {
  readonly estate: Estate;
  readonly tokens: Tokens;
  readonly editor: Editor;
  readonly edge: Edge;
  readonly rate: RateLimit;
  readonly findServer: (name: string) => ProviderServer | undefined;
}): StandIn['control'] {
  const { estate, tokens, editor, edge, rate } = cloud;
  return {
    'GET /zones': () => estate.zones().map((zone) => ({ ...showZone(zone, []), records: zone.records.size })),
    'GET /zones/records': (_body, query) =>
      [...findZone(estate, query.get('zone') ?? '').records.values()].map(showRecord),
    'POST /zones': (body) => {
      const { name, account, plan: wanted, records, delegate, emailRouting, ...settings } = zoneSchema.parse(body);
      const zone = estate.createZone(name.toLowerCase(), findAccount(estate, account), wanted);
      zone.flattenAllCnames = settings.flattenAllCnames;
      zone.recordQuota = settings.recordQuota ?? zone.recordQuota;
      seedRecords(estate, zone, records);
      if (emailRouting) setEmailRouting(estate, zone, true);
      if (delegate) estate.delegate(zone);
      return showZone(zone, []);
    },
    'POST /zones/settings': (body) => {
      const settings = settingsSchema.parse(body);
      const zone = findZone(estate, settings.zone);
      zone.plan = settings.plan ?? zone.plan;
      zone.recordQuota = settings.recordQuota ?? zone.recordQuota;
      zone.flattenAllCnames = settings.flattenAllCnames ?? zone.flattenAllCnames;
      seedRecords(estate, zone, settings.records);
      if (settings.emailRouting !== undefined) setEmailRouting(estate, zone, settings.emailRouting);
      return showZone(zone, []);
    },
    'GET /cloudflare/accounts': () => estate.accounts().map(showAccount),
    'POST /cloudflare/accounts': (body) =>
      showAccount(estate.createAccount(z.strictObject({ name: z.string().min(1) }).parse(body).name)),
    'POST /cloudflare/tokens': (body) => {
      const { secret, account, ...rest } = tokenSchema.parse(body);
      const owner = account === undefined && rest.family === 'user' ? undefined : findAccount(estate, account).id;
      return tokens.create({
        ...rest,
        ...(owner === undefined ? {} : { account: owner }),
        ...(secret === undefined ? {} : { secret }),
      });
    },
    'POST /cloudflare/tokens/status': (body) => {
      const { name, status } = statusSchema.parse(body);
      const token = tokens.findByName(name);
      if (!token) throw new RangeError(`there is no token named ${name}`);
      token.status = status;
      return { name, status };
    },
    'POST /cloudflare/edge': (body) => {
      const { delayMs, server, lag } = edgeSchema.parse(body);
      edge.delayMs = delayMs ?? edge.delayMs;
      if (lag !== undefined) {
        const late = cloud.findServer(server ?? '');
        if (!late) throw new RangeError(`there is no name server named ${server}`);
        edge.setLag(late, lag);
        // A server that was stuck catches up by being shown everything again.
        if (lag !== 'stuck') for (const zone of estate.zones()) edge.show(zone);
      }
      return { delayMs: edge.delayMs };
    },
    'POST /cloudflare/editor': (body) => {
      const { zone, ...edit } = editorSchema.parse(body);
      editor.queue(findZone(estate, zone), edit);
      return { queued: true };
    },
    'POST /cloudflare/limits': (body) => {
      const { requests, identicalCode } = limitsSchema.parse(body);
      rate.requests = requests ?? rate.requests;
      rate.reset();
      estate.identicalCode = identicalCode ?? estate.identicalCode;
      return { requests: rate.requests, identicalCode: estate.identicalCode };
    },
  };
}

function findAccount(estate: Estate, wanted: string | undefined): Account {
  const accounts = estate.accounts();
  const account =
    wanted === undefined ? accounts[0] : accounts.find(({ id, name }) => id === wanted || name === wanted);
  if (!account) throw new RangeError(`there is no account ${wanted}`);
  return account;
}

function findZone(estate: Estate, wanted: string): CloudZone {
  const found = estate.zones().filter(({ id, name }) => id === wanted || name === wanted);
  const [zone] = found;
  if (!zone) throw new RangeError(`there is no zone ${wanted}`);
  if (found.length > 1) throw new RangeError(`there are ${found.length} zones named ${wanted}: give the id`);
  return zone;
}

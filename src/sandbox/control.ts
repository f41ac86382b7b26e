import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { Fault, Faults } from './faults.ts';
import { type Asked, openHttp, type Reply } from './http.ts';
import type { Ledger } from './ledger.ts';
import type { StandIn } from './world.ts';

const faultSchema = z.strictObject({
  kind: z.enum([
    'throttle',
    'error-before',
    'error-after',
    'hang',
    'drop',
    'slow',
    'html',
    'duplicate',
    'reorder',
    'conflict',
  ]),
  system: z.string().min(1),
  operation: z.string().min(1),
  region: z.string().exactOptional(),
  count: z.int().positive().exactOptional(),
  ms: z.number().nonnegative().exactOptional(),
  bytes: z.int().nonnegative().exactOptional(),
  retryAfter: z.number().nonnegative().exactOptional(),
}) satisfies z.ZodType<Fault>;
const advanceSchema = z.strictObject({ advance: z.number().nonnegative() });

type Route = (body: unknown, query: URLSearchParams) => unknown;

/** Opens the control server: the ledger, the clock, faults, settings, and below /control the stand-ins' own switches. */
export function openControl(
  shared: { readonly clock: Clock; readonly ledger: Ledger; readonly faults: Faults },
  standIns: readonly StandIn[],
  settings: { readonly env: Readonly<Record<string, string>>; readonly addresses: Readonly<Record<string, string>> },
  port?: number,
): ReturnType<typeof openHttp> {
  const routes = new Map<string, Route>(Object.entries(frameRoutes(shared, settings)));
  for (const { name, control } of standIns)
    for (const [key, route] of Object.entries(control)) {
      const [method = '', path = ''] = key.split(' ');
      const full = `${method} /control${path}`;
      if (routes.has(full)) throw new Error(`${name} has the control route ${full}, which another stand-in has too`);
      routes.set(full, route);
    }
  return openHttp((asked) => answer(routes, asked), port);
}

function frameRoutes(
  { clock, ledger, faults }: Parameters<typeof openControl>[0],
  settings: Parameters<typeof openControl>[2],
): Record<string, Route> {
  const time = () => ({ now: new Date(clock.now()).toISOString() });
  return {
    'GET /ledger': (_body, query) => {
      const system = query.get('system');
      return ledger.read({ ...(system ? { system } : {}), since: Number(query.get('since') ?? 0) });
    },
    'DELETE /ledger': () => {
      ledger.clear();
      return { cleared: true };
    },
    'GET /clock': time,
    'POST /clock': (body) => {
      clock.advance(advanceSchema.parse(body).advance);
      return time();
    },
    'POST /faults': (body) => {
      const added = Array.isArray(body) ? z.array(faultSchema).parse(body) : [faultSchema.parse(body)];
      for (const fault of added) faults.add(fault);
      return { added: added.length };
    },
    'DELETE /faults': () => {
      faults.clear();
      return { cleared: true };
    },
    'GET /settings': () => settings,
  };
}

async function answer(routes: ReadonlyMap<string, Route>, { method, path, query, body }: Asked): Promise<Reply> {
  const route = routes.get(`${method} ${path}`);
  if (!route) return json(404, { error: `there is no ${method} ${path}`, routes: [...routes.keys()].sort() });
  try {
    const input: unknown = body.length === 0 ? undefined : JSON.parse(body.toString());
    return json(200, (await route(input, query)) ?? {});
  } catch (error) {
    if (error instanceof z.ZodError) return json(400, { error: z.prettifyError(error) });
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

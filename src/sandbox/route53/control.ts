import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { StandIn } from '../world.ts';
import type { Editor } from './editor.ts';
import type { HostedZones } from './hosted-zones.ts';
import { readName } from './names.ts';
import { readBatch, showSet } from './set-input.ts';
import type { HostedZone } from './state.ts';
import { turnSwitches } from './switches.ts';

const sets = z.array(z.unknown());
const zoneSchema = z.strictObject({
  name: z.string().min(1),
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  private: z.boolean().default(false),
  comment: z.string().default(''),
  records: sets.default([]),
  delegate: z.boolean().default(true),
});
const settingsSchema = z.strictObject({ zone: z.string(), records: sets });
const editorSchema = z.strictObject({ zone: z.string(), changes: z.array(z.unknown()).min(1) });

/** Route 53's control routes. Zones are named by id or name; of several of one name the id is needed. Sets are in the SDKs' shape. */
export function controlRoutes(route53: {
  readonly zones: HostedZones;
  readonly editor: Editor;
  readonly account: string;
}): StandIn['control'] {
  const { zones, editor } = route53;
  const seed = (zone: HostedZone, records: readonly unknown[]) => {
    if (records.length === 0) return;
    const Changes = records.map((ResourceRecordSet) => ({ Action: 'CREATE', ResourceRecordSet }));
    zones.seed(zone, readBatch({ Changes }).changes);
  };
  return {
    'GET /route53/zones': () => zones.zones().map(showZone),
    'POST /route53/zones': (body) => {
      const {
        name,
        account = route53.account,
        private: isPrivate,
        comment,
        records,
        delegate,
      } = zoneSchema.parse(body);
      const { zone } = zones.create(
        { name: readName(name), account, isPrivate, comment, callerReference: randomUUID() },
        { served: true },
      );
      seed(zone, records);
      if (delegate && !isPrivate) zones.delegate(zone);
      return showZone(zone);
    },
    'POST /route53/zones/settings': (body) => {
      const { zone: wanted, records } = settingsSchema.parse(body);
      const zone = findZone(zones, wanted);
      seed(zone, records);
      return showZone(zone);
    },
    'DELETE /route53/zones': (_body, query) => {
      const zone = findZone(zones, query.get('zone') ?? '');
      zones.remove(zone);
      return { removed: zone.id };
    },
    'GET /route53/sets': (_body, query) => [...findZone(zones, query.get('zone') ?? '').sets.values()].map(showSet),
    'GET /route53/switches': () => zones.switches,
    'POST /route53/switches': (body) => {
      zones.switches = turnSwitches(zones.switches, body);
      return zones.switches;
    },
    'POST /route53/editor': (body) => {
      const { zone, changes } = editorSchema.parse(body);
      editor.queue(findZone(zones, zone), readBatch({ Changes: changes }));
      return { queued: true };
    },
  };
}

function showZone({ id, name, account, isPrivate, nameServers, sets: held }: HostedZone) {
  return { id, name, account, private: isPrivate, nameServers: isPrivate ? [] : nameServers, sets: held.size };
}

function findZone(zones: HostedZones, wanted: string): HostedZone {
  const found = zones.zones().filter(({ id, name }) => id === wanted || name === wanted);
  const [zone] = found;
  if (!zone) throw new RangeError(`there is no hosted zone ${wanted}`);
  if (found.length > 1) throw new RangeError(`there are ${found.length} hosted zones named ${wanted}: give the id`);
  return zone;
}

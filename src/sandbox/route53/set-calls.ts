import { AwsError } from '../aws/gate/errors.ts';
import { touchesApex } from './apply-batch.ts';
import { arnOf, ask, type Call, type Prepared, readZone } from './call.ts';
import { invalidInput } from './errors.ts';
import { compareNames, compareText, escapeName, writeName } from './names.ts';
import { toShape } from './read-xml.ts';
import { readBatch } from './set-input.ts';
import type { RecordSet } from './state.ts';
import { changeXml, element, setXml } from './write-xml.ts';
import { nameOf, pageSize } from './zone-calls.ts';

const MOST_SETS = 300;

/** A zone's sets in order of name, type and identifier, from where `name`, `type` and `identifier` point. */
export function listResourceRecordSets(call: Call): Prepared {
  const { query, parts } = call;
  const size = pageSize(query, MOST_SETS);
  const name = query.get('name');
  const type = query.get('type') ?? '';
  const identifier = query.get('identifier') ?? '';
  if (name === null && type !== '') throw invalidInput('The request contains a type but no name.');
  if (type === '' && identifier !== '') throw invalidInput('The request contains an identifier but no type.');
  const from = name === null ? undefined : nameOf(name);
  return {
    permissions: ask('ListResourceRecordSets', arnOf('hostedzone', parts[0] ?? '')),
    run() {
      const zone = readZone(call);
      call.editor.sawList(zone);
      const all = [...zone.sets.values()].sort(compareSets).filter((set) => {
        if (from === undefined) return true;
        const order =
          compareNames(set.name, from) ||
          compareText(set.type, type) ||
          compareText(set.setIdentifier ?? '', identifier);
        return order >= 0;
      });
      const next = all[size];
      const body = [
        `<ResourceRecordSets>${all.slice(0, size).map(setXml).join('')}</ResourceRecordSets>`,
        element('IsTruncated', next !== undefined),
        ...(next ? [element('NextRecordName', writeName(next.name)), element('NextRecordType', next.type)] : []),
        ...(next?.setIdentifier === undefined ? [] : [element('NextRecordIdentifier', next.setIdentifier)]),
        element('MaxItems', size),
      ];
      return { root: 'ListResourceRecordSetsResponse', body: body.join(''), effect: false };
    },
  };
}

/** A batch of changes, all or nothing. */
export function changeResourceRecordSets(call: Call): Prepared {
  const { zones, document, parts } = call;
  const shape = document && toShape(document, ['Changes', 'ResourceRecords']);
  const batch = readBatch(typeof shape === 'object' && shape !== null ? Reflect.get(shape, 'ChangeBatch') : undefined);
  const { changes } = batch;
  const asked = zones.findZone(parts[0] ?? '');
  return {
    permissions: ask('ChangeResourceRecordSets', arnOf('hostedzone', parts[0] ?? ''), {
      'route53:changeresourcerecordsetsnormalizedrecordnames': changes.map(({ set }) => escapeName(set.name)),
      'route53:changeresourcerecordsetsrecordtypes': changes.map(({ set }) => set.type),
      'route53:changeresourcerecordsetsactions': changes.map(({ action }) => action),
    }),
    shape,
    forbidden: asked !== undefined && changes.some((change) => touchesApex(asked.name, change)),
    run() {
      const change = zones.change(readZone(call), batch);
      return { root: 'ChangeResourceRecordSetsResponse', body: changeXml(change), effect: true };
    },
  };
}

/** How far a change is. */
export function getChange({ zones, key, parts }: Call): Prepared {
  const [id = ''] = parts;
  return {
    permissions: ask('GetChange', arnOf('change', id)),
    run() {
      const change = zones.findChange(id);
      if (change?.account !== key.account)
        throw new AwsError('NoSuchChange', 404, `Could not find resource with ID: ${id}`);
      return { root: 'GetChangeResponse', body: changeXml(change), effect: false };
    },
  };
}

function compareSets(one: RecordSet, other: RecordSet): number {
  return (
    compareNames(one.name, other.name) ||
    compareText(one.type, other.type) ||
    compareText(one.setIdentifier ?? '', other.setIdentifier ?? '')
  );
}

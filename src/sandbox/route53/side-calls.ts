import { z } from 'zod';
import { arnOf, ask, type Call, type Prepared, readZone } from './call.ts';
import { invalidInput } from './errors.ts';
import { toShape } from './read-xml.ts';
import { element } from './write-xml.ts';

/** Health checks: none. */
export function listHealthChecks(): Prepared {
  const body = `<HealthChecks/>${element('Marker', '')}${element('IsTruncated', false)}${element('MaxItems', 100)}`;
  return {
    permissions: ask('ListHealthChecks'),
    run: () => ({ root: 'ListHealthChecksResponse', body, effect: false }),
  };
}

/** A zone's tags. */
export function listTagsForResource(call: Call): Prepared {
  return {
    permissions: ask('ListTagsForResource', arnOf('hostedzone', call.parts[0] ?? '')),
    run() {
      const { id, tags } = readZone(call);
      const list = Object.entries(tags).map(
        ([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`,
      );
      const body = `<ResourceTagSet>${element('ResourceType', 'hostedzone')}${element('ResourceId', id)}<Tags>${list.join('')}</Tags></ResourceTagSet>`;
      return { root: 'ListTagsForResourceResponse', body, effect: false };
    },
  };
}

const tagChanges = z.strictObject({
  AddTags: z.array(z.strictObject({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).default([]),
  RemoveTagKeys: z.array(z.string()).default([]),
});

/** Tags added and removed: forbidden to Mailwright. */
export function changeTagsForResource(call: Call): Prepared {
  const shape = call.document && toShape(call.document, ['AddTags', 'RemoveTagKeys']);
  const read = tagChanges.safeParse(shape);
  if (!read.success) throw invalidInput(z.prettifyError(read.error));
  const { AddTags, RemoveTagKeys } = read.data;
  return {
    permissions: ask('ChangeTagsForResource', arnOf('hostedzone', call.parts[0] ?? '')),
    shape,
    run() {
      const zone = readZone(call);
      const kept = Object.entries(zone.tags).filter(([key]) => !RemoveTagKeys.includes(key));
      zone.tags = Object.fromEntries([...kept, ...AddTags.map(({ Key, Value }) => [Key, Value] as const)]);
      return { root: 'ChangeTagsForResourceResponse', body: '', effect: true };
    },
  };
}

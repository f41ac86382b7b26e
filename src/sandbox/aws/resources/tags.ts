import { z } from 'zod';
import { badRequest, notFound } from '../gate/errors.ts';
import { tagsSchema } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import type { Tag } from '../state.ts';
import { findTagged, type Tagged } from './find-resource.ts';

const MOST = 50;
const label = { ResourceArn: z.string().min(1) };

const tagResource = operation({
  name: 'TagResource',
  method: 'POST',
  path: '/v2/email/tags',
  writes: true,
  input: z.object({ ...label, Tags: tagsSchema }),
  asks: ({ ResourceArn, Tags }, call) => asks('TagResource', ResourceArn, call, Tags),
  run({ ResourceArn, Tags }, call) {
    const holder = find(call, ResourceArn);
    const kept = holder.tags.filter(({ Key }) => !Tags.some((tag) => tag.Key === Key));
    if (kept.length + Tags.length > MOST) throw badRequest(`A resource can have at most ${MOST} tags.`);
    holder.tags = [...kept, ...Tags];
    return {};
  },
});

const untagResource = operation({
  name: 'UntagResource',
  method: 'DELETE',
  path: '/v2/email/tags',
  writes: true,
  input: z.object({ ...label, TagKeys: z.union([z.string(), z.array(z.string())]).transform((keys) => [keys].flat()) }),
  asks: ({ ResourceArn, TagKeys }, call) =>
    asks('UntagResource', ResourceArn, call, undefined, { 'aws:tagkeys': TagKeys }),
  run({ ResourceArn, TagKeys }, call) {
    const holder = find(call, ResourceArn);
    holder.tags = holder.tags.filter(({ Key }) => !TagKeys.includes(Key));
    return {};
  },
});

const listTags = operation({
  name: 'ListTagsForResource',
  method: 'GET',
  path: '/v2/email/tags',
  writes: false,
  input: z.object(label),
  asks: ({ ResourceArn }, call) => asks('ListTagsForResource', ResourceArn, call),
  run: ({ ResourceArn }, call) => ({ Tags: find(call, ResourceArn).tags }),
});

/** All calls about tags of identities, configuration sets, templates and tenants. */
export const tagOperations = [tagResource, untagResource, listTags];

function find(call: Call, arn: string): Tagged {
  const holder = findTagged(call.place, arn);
  if (!holder) throw notFound(`Resource ${arn} not found.`);
  return holder;
}

function asks(
  action: string,
  arn: string,
  call: Call,
  request?: readonly Tag[],
  keys: Readonly<Record<string, readonly string[]>> = {},
) {
  return [permission(action, arn, call, { resource: findTagged(call.place, arn)?.tags, request }, keys)];
}

import { z } from 'zod';
import { alreadyExists, notFound } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { pageSchema, resourceName, tagsSchema } from '../gate/names.ts';
import { type Call, type Definition, operation, permission } from '../gate/operation.ts';
import { arnOf, type ConfigurationSet } from '../state.ts';
import { refuseAssociated } from './associations.ts';
import { optionGroups } from './option-groups.ts';

const label = { ConfigurationSetName: resourceName };
const createConfigurationSet = operation({
  name: 'CreateConfigurationSet',
  method: 'POST',
  path: '/v2/email/configuration-sets',
  writes: true,
  input: z.object({
    ...label,
    Tags: tagsSchema.default([]),
    ReputationOptions: z.object({ ReputationMetricsEnabled: z.boolean().default(false) }).prefault({}),
    SendingOptions: z.object({ SendingEnabled: z.boolean().default(true) }).prefault({}),
    TrackingOptions: optionGroups.TrackingOptions.optional(),
    DeliveryOptions: optionGroups.DeliveryOptions.optional(),
    SuppressionOptions: optionGroups.SuppressionOptions.optional(),
    ArchivingOptions: optionGroups.ArchivingOptions.optional(),
    VdmOptions: optionGroups.VdmOptions.optional(),
  }),
  asks({ ConfigurationSetName, Tags }, call) {
    const arn = arnOf(call.place, 'configuration-set', ConfigurationSetName);
    const tags = { request: Tags };
    return [
      permission('CreateConfigurationSet', arn, call, tags),
      ...(Tags.length ? [permission('TagResource', arn, call, tags)] : []),
    ];
  },
  run({ ConfigurationSetName: name, Tags, ReputationOptions, SendingOptions, ...others }, call) {
    if (call.place.configurationSets.has(name)) throw alreadyExists(`Configuration set <${name}> already exists.`);
    call.place.configurationSets.set(name, {
      name,
      tags: Tags,
      sendingEnabled: SendingOptions.SendingEnabled,
      reputationMetrics: ReputationOptions.ReputationMetricsEnabled,
      options: others,
      eventDestinations: new Map(),
    });
    return {};
  },
});

const getConfigurationSet = operation({
  name: 'GetConfigurationSet',
  method: 'GET',
  path: '/v2/email/configuration-sets/{ConfigurationSetName}',
  writes: false,
  input: z.object(label),
  asks: ({ ConfigurationSetName }, call) => asksSet('GetConfigurationSet', ConfigurationSetName, call),
  run({ ConfigurationSetName }, call) {
    const set = findConfigurationSet(call, ConfigurationSetName);
    return {
      ConfigurationSetName: set.name,
      ReputationOptions: { ReputationMetricsEnabled: set.reputationMetrics },
      SendingOptions: { SendingEnabled: set.sendingEnabled },
      Tags: set.tags,
      ...set.options,
    };
  },
});

const deleteConfigurationSet = operation({
  name: 'DeleteConfigurationSet',
  method: 'DELETE',
  path: '/v2/email/configuration-sets/{ConfigurationSetName}',
  writes: true,
  input: z.object(label),
  asks: ({ ConfigurationSetName }, call) => asksSet('DeleteConfigurationSet', ConfigurationSetName, call),
  deletes: ({ ConfigurationSetName }, call) => call.place.configurationSets.get(ConfigurationSetName),
  run({ ConfigurationSetName }, call) {
    findConfigurationSet(call, ConfigurationSetName);
    refuseAssociated(call, arnOf(call.place, 'configuration-set', ConfigurationSetName));
    call.place.configurationSets.delete(ConfigurationSetName);
    return {};
  },
});

const listInput = z.object(pageSchema);
const list: Omit<Definition<typeof listInput>, 'method' | 'path'> = {
  name: 'ListConfigurationSets',
  writes: false,
  input: listInput,
  asks: (_input, call) => [permission('ListConfigurationSets', '*', call)],
  run(input, call) {
    const { items, NextToken } = page([...call.place.configurationSets.keys()].sort(), input);
    return { ConfigurationSets: items, NextToken };
  },
};

/** All calls about configuration sets themselves: create, read, list on both paths, delete. */
export const configurationSetOperations = [
  createConfigurationSet,
  getConfigurationSet,
  deleteConfigurationSet,
  operation({ ...list, method: 'POST', path: '/v2/email/list-configuration-sets' }),
  operation({ ...list, method: 'GET', path: '/v2/email/configuration-sets' }),
];

/** The set of that name. @throws AwsError NotFoundException */
export function findConfigurationSet(call: Call, name: string): ConfigurationSet {
  const set = call.place.configurationSets.get(name);
  if (!set) throw notFound(`Configuration set <${name}> does not exist.`);
  return set;
}

/** What IAM is asked for a call about one set. */
export function asksSet(action: string, name: string, call: Call) {
  const tags = { resource: call.place.configurationSets.get(name)?.tags };
  return [permission(action, arnOf(call.place, 'configuration-set', name), call, tags)];
}

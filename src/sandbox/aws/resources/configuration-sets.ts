import { z } from 'zod';
import { alreadyExists, notFound } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { pageSchema, resourceName, tagsSchema } from '../gate/names.ts';
import { type Call, type Definition, operation, permission } from '../gate/operation.ts';
import { arnOf, type ConfigurationSet } from '../state.ts';
import { refuseAssociated } from './associations.ts';

const label = { ConfigurationSetName: resourceName };
const onOff = z.enum(['ENABLED', 'DISABLED']);

const options = {
  TrackingOptions: z.object({
    CustomRedirectDomain: z.string().optional(),
    HttpsPolicy: z.enum(['REQUIRE', 'REQUIRE_OPEN_ONLY', 'OPTIONAL']).optional(),
  }),
  DeliveryOptions: z.object({
    TlsPolicy: z.enum(['REQUIRE', 'OPTIONAL']).optional(),
    SendingPoolName: z.string().optional(),
    MaxDeliverySeconds: z.number().int().min(300).max(50_400).optional(),
  }),
  SuppressionOptions: z.object({
    SuppressedReasons: z.array(z.enum(['BOUNCE', 'COMPLAINT'])).optional(),
    SuppressionScope: z.enum(['ACCOUNT', 'TENANT']).optional(),
  }),
  VdmOptions: z.object({
    DashboardOptions: z.object({ EngagementMetrics: onOff.optional() }).optional(),
    GuardianOptions: z.object({ OptimizedSharedDelivery: onOff.optional() }).optional(),
  }),
};

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
    TrackingOptions: options.TrackingOptions.optional(),
    DeliveryOptions: options.DeliveryOptions.optional(),
    SuppressionOptions: options.SuppressionOptions.optional(),
    VdmOptions: options.VdmOptions.optional(),
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

const putSending = operation({
  name: 'PutConfigurationSetSendingOptions',
  method: 'PUT',
  path: '/v2/email/configuration-sets/{ConfigurationSetName}/sending',
  writes: true,
  input: z.object({ ...label, SendingEnabled: z.boolean().default(false) }),
  asks: ({ ConfigurationSetName }, call) => asksSet('PutConfigurationSetSendingOptions', ConfigurationSetName, call),
  run({ ConfigurationSetName, SendingEnabled }, call) {
    findConfigurationSet(call, ConfigurationSetName).sendingEnabled = SendingEnabled;
    return {};
  },
});

const putReputation = operation({
  name: 'PutConfigurationSetReputationOptions',
  method: 'PUT',
  path: '/v2/email/configuration-sets/{ConfigurationSetName}/reputation-options',
  writes: true,
  input: z.object({ ...label, ReputationMetricsEnabled: z.boolean().default(false) }),
  asks: ({ ConfigurationSetName }, call) => asksSet('PutConfigurationSetReputationOptions', ConfigurationSetName, call),
  run({ ConfigurationSetName, ReputationMetricsEnabled }, call) {
    findConfigurationSet(call, ConfigurationSetName).reputationMetrics = ReputationMetricsEnabled;
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

/** All calls about configuration sets that are modelled (ses v2: create, read, list on both paths, two option groups, delete). */
export const configurationSetOperations = [
  createConfigurationSet,
  getConfigurationSet,
  deleteConfigurationSet,
  putSending,
  putReputation,
  operation({ ...list, method: 'POST', path: '/v2/email/list-configuration-sets' }),
  operation({ ...list, method: 'GET', path: '/v2/email/configuration-sets' }),
];

/** The set of that name. @throws AwsError NotFoundException */
export function findConfigurationSet(call: Call, name: string): ConfigurationSet {
  const set = call.place.configurationSets.get(name);
  if (!set) throw notFound(`Configuration set <${name}> does not exist.`);
  return set;
}

function asksSet(action: string, name: string, call: Call) {
  const tags = { resource: call.place.configurationSets.get(name)?.tags };
  return [permission(action, arnOf(call.place, 'configuration-set', name), call, tags)];
}

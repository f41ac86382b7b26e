import { isProxiable } from './record-input.ts';
import type { Account, CloudZone, Permission, StoredRecord } from './state.ts';

/** A record as the API shows it; absent fields are left out as Cloudflare does. */
export function showRecord(record: StoredRecord): Record<string, unknown> {
  const meta = {
    ...(record.readOnly ? { read_only: true } : {}),
    ...(record.emailRouting ? { email_routing: true } : {}),
  };
  return {
    id: record.id,
    name: record.name,
    type: record.type,
    content: record.content,
    proxiable: isProxiable(record.type),
    proxied: record.proxied,
    ttl: record.ttl,
    ...(record.priority === undefined ? {} : { priority: record.priority }),
    ...(record.data === undefined ? {} : { data: record.data }),
    settings: record.settings,
    meta,
    comment: record.comment,
    tags: record.tags,
    created_on: record.createdOn,
    modified_on: record.modifiedOn,
    ...(record.commentModifiedOn === undefined ? {} : { comment_modified_on: record.commentModifiedOn }),
    ...(record.tagsModifiedOn === undefined ? {} : { tags_modified_on: record.tagsModifiedOn }),
  };
}

const PLANS = {
  free: { name: 'Free Website', price: 0 },
  pro: { name: 'Pro Website', price: 20 },
  business: { name: 'Business Website', price: 200 },
  enterprise: { name: 'Enterprise Website', price: 0 },
} as const;

/** A zone as the API shows it; `permissions` is the deprecated hint about the asking token. */
export function showZone(zone: CloudZone, permissions: readonly Permission[]): Record<string, unknown> {
  const plan = PLANS[zone.plan];
  return {
    id: zone.id,
    name: zone.name,
    status: zone.status,
    paused: false,
    type: 'full',
    development_mode: 0,
    name_servers: zone.account.nameServers,
    original_name_servers: zone.originalNameServers,
    original_registrar: null,
    original_dnshost: null,
    modified_on: zone.modifiedOn,
    created_on: zone.createdOn,
    activated_on: zone.activatedOn,
    account: { id: zone.account.id, name: zone.account.name },
    owner: { id: null, type: 'user', email: null },
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    permissions: permissions.map((permission) => `#${permission.replace('dns:', 'dns_records:')}`),
    plan: {
      id: zone.id,
      name: plan.name,
      price: plan.price,
      currency: 'USD',
      frequency: '',
      is_subscribed: zone.plan !== 'free',
      can_subscribe: false,
      legacy_id: zone.plan,
      legacy_discount: false,
      externally_managed: false,
    },
  };
}

/** An account as the API shows it. */
export function showAccount(account: Account): Record<string, unknown> {
  return {
    id: account.id,
    name: account.name,
    type: 'standard',
    settings: { enforce_twofactor: false },
    created_on: account.createdOn,
  };
}

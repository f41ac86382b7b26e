import { addAlias } from '../aliases/add-alias.ts';
import { deleteAlias } from '../aliases/delete-alias.ts';
import { editAlias } from '../aliases/edit-alias.ts';
import { getAlias } from '../aliases/show-alias.ts';
import { addDomain } from '../domains/add-domain.ts';
import { addAliasDomain, deleteAliasDomain, editAliasDomain, getAliasDomain } from '../domains/alias-domains.ts';
import { deleteDomain } from '../domains/delete-domain.ts';
import { addDkim, deleteDkim, getDkim } from '../domains/dkim.ts';
import { editDomain } from '../domains/edit-domain.ts';
import { getDomain } from '../domains/show-domain.ts';
import { deleteDomainTags, deleteMailboxTags } from '../domains/tags.ts';
import { getTemplates } from '../domains/templates.ts';
import { addMailbox } from '../mailboxes/add-mailbox.ts';
import { addAppPassword, deleteAppPassword, getAppPasswords } from '../mailboxes/app-passwords.ts';
import { deleteMailbox } from '../mailboxes/delete-mailbox.ts';
import { editMailbox } from '../mailboxes/edit-mailbox.ts';
import { getPasswordPolicy } from '../mailboxes/passwords.ts';
import { getMailbox } from '../mailboxes/show-mailbox.ts';
import { addForwardingHost, deleteForwardingHost, getForwardingHost } from '../routing/forwarding-hosts.ts';
import { addRelayhost, deleteRelayhost, editRelayhost, getRelayhost } from '../routing/relayhosts.ts';
import { addTlsPolicy, deleteTlsPolicy, getTlsPolicy } from '../routing/tls-policies.ts';
import { addTransport, deleteTransport, getTransport } from '../routing/transports.ts';
import type { Read, Write } from './call.ts';
import { getStatus } from './status.ts';

/** What GET answers, by category. */
export const READS: Readonly<Record<string, Read>> = {
  domain: getDomain,
  'domain/template': getTemplates('domain'),
  'alias-domain': getAliasDomain,
  dkim: getDkim,
  mailbox: getMailbox,
  'mailbox/template': getTemplates('mailbox'),
  passwordpolicy: getPasswordPolicy,
  'app-passwd': getAppPasswords,
  alias: getAlias,
  relayhost: getRelayhost,
  transport: getTransport,
  'tls-policy-map': getTlsPolicy,
  fwdhost: getForwardingHost,
  status: getStatus,
};

/** What POST does, by action and category. */
export const WRITES: Readonly<Record<string, Readonly<Record<string, Write>>>> = {
  add: {
    domain: addDomain,
    'alias-domain': addAliasDomain,
    dkim: addDkim,
    mailbox: addMailbox,
    'app-passwd': addAppPassword,
    alias: addAlias,
    relayhost: addRelayhost,
    transport: addTransport,
    'tls-policy-map': addTlsPolicy,
    fwdhost: addForwardingHost,
  },
  edit: {
    domain: editDomain,
    'alias-domain': editAliasDomain,
    mailbox: editMailbox,
    alias: editAlias,
    relayhost: editRelayhost,
  },
  delete: {
    domain: deleteDomain,
    'domain/tag': deleteDomainTags,
    'alias-domain': deleteAliasDomain,
    dkim: deleteDkim,
    mailbox: deleteMailbox,
    'mailbox/tag': deleteMailboxTags,
    'app-passwd': deleteAppPassword,
    alias: deleteAlias,
    relayhost: deleteRelayhost,
    transport: deleteTransport,
    'tls-policy-map': deleteTlsPolicy,
    fwdhost: deleteForwardingHost,
  },
};

/** The path of a request below the API's root, as Mailcow splits it. */
export interface Route {
  readonly action: string;
  readonly category: string;
  readonly object: string | undefined;
  readonly extra: string | undefined;
  /** What the ledger and faults call it: 'add/domain', 'delete/domain/tag', 'get/status/version'. */
  readonly operation: string;
}

/** Splits a decoded path: 'get/mailbox/all/example.test'. */
export function readRoute(path: string): Route {
  const [action = '', first = '', object, extra] = path.split('/');
  const isNested = object === 'template' || object === 'tag';
  const category = isNested ? `${first}/${object}` : first;
  const named = first === 'status' && object ? `${category}/${object}` : category;
  return { action, category, object, extra, operation: `${action}/${named}` };
}

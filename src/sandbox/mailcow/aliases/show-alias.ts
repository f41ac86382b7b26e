import type { Read } from '../api/call.ts';
import { dateTime } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { Alias } from '../state.ts';

/** The alias of an id or address; mailboxes' own are none for this. */
export function findListed(cow: Installation, wanted: string): Alias | undefined {
  const alias = /^\d+$/.test(wanted) ? cow.aliases.get(Number(wanted)) : cow.findAlias(wanted);
  return alias && alias.address !== alias.goto ? alias : undefined;
}

/** `get/alias/{id|address|all}[/domain,…]`. */
export const getAlias: Read = ({ cow, object = '', extra }) => {
  if (object !== 'all') {
    const alias = findListed(cow, object);
    return alias && show(cow, alias);
  }
  const domains =
    extra === undefined || extra === '' ? [...cow.domains.keys(), ...cow.aliasDomains.keys()] : extra.split(',');
  return domains.flatMap((domain) => cow.aliasesOf(domain)).map((alias) => show(cow, alias));
};

function show(cow: Installation, alias: Alias) {
  const flag = (value: number) => (cow.switches.flagsAs === 'texts' ? String(value) : value);
  return {
    in_primary_domain: cow.aliasDomains.get(alias.domain)?.target ?? '',
    id: alias.id,
    domain: alias.domain,
    public_comment: alias.publicComment,
    private_comment: alias.privateComment,
    goto: alias.goto,
    address: alias.address,
    is_catch_all: alias.address.startsWith('@') ? 1 : 0,
    active: flag(alias.active),
    active_int: flag(alias.active),
    internal: flag(alias.internal),
    sogo_visible: flag(alias.sogoVisible),
    sogo_visible_int: flag(alias.sogoVisible),
    sender_allowed: flag(alias.senderAllowed),
    created: dateTime(alias.createdAt),
    modified: alias.modifiedAt === undefined ? null : dateTime(alias.modifiedAt),
  };
}

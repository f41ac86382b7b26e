import { z } from 'zod';
import type { StandIn } from '../world.ts';
import { addAlias } from './aliases/add-alias.ts';
import type { Write } from './api/call.ts';
import { attributesOf } from './api/loose.ts';
import { addDomain } from './domains/add-domain.ts';
import type { Installation } from './installation.ts';
import { addMailbox } from './mailboxes/add-mailbox.ts';
import { turnSwitches } from './switches.ts';

const aliasSchema = z.looseObject({ address: z.string(), goto: z.string().optional() });
const mailboxSchema = z.looseObject({ address: z.string().includes('@'), password: z.string().min(1) });
const domainSchema = z.looseObject({
  domain: z.string().min(1),
  mailboxes: z.union([z.int(), z.array(mailboxSchema)]).optional(),
  aliases: z.union([z.int(), z.array(aliasSchema)]).optional(),
  known: z.boolean().default(true),
});
const keySchema = z.strictObject({
  access: z.enum(['rw', 'ro']),
  key: z.union([z.string().min(1), z.literal(true)]).exactOptional(),
  active: z.boolean().exactOptional(),
  allowFrom: z.array(z.string()).exactOptional(),
  skipIpCheck: z.boolean().exactOptional(),
});

/** Mailcow's control routes: what is there, what is put there without a call, and how it behaves. Passwords are never shown. */
export function controlRoutes(cow: Installation): StandIn['control'] {
  return {
    'GET /mailcow': () => overview(cow),
    'POST /mailcow/domains': (body) => seedDomain(cow, domainSchema.parse(body)),
    'POST /mailcow/mailboxes': (body) => seedMailbox(cow, mailboxSchema.parse(body)),
    'POST /mailcow/aliases': (body) => seed(cow, addAlias, { active: 1, ...aliasSchema.parse(body) }),
    'GET /mailcow/mailbox': (_body, query) => readMail(cow, query.get('address') ?? ''),
    'DELETE /mailcow/mail': () => {
      for (const { mail } of cow.mailboxes.values())
        for (const folder of mail.folders) folder.remove(new Set(folder.messages.map(({ uid }) => uid)));
      return { cleared: true };
    },
    'GET /mailcow/keys': () => [cow.keys.get('rw'), cow.keys.get('ro')],
    'POST /mailcow/keys': (body) => {
      const { access, ...changes } = keySchema.parse(body);
      return cow.keys.change(access, changes);
    },
    'GET /mailcow/bans': () => cow.bans.list(),
    'DELETE /mailcow/bans': () => {
      cow.bans.clear();
      return { cleared: true };
    },
    'GET /mailcow/switches': () => cow.switches,
    'POST /mailcow/switches': (body) => {
      cow.switches = turnSwitches(cow.switches, body);
      return cow.switches;
    },
  };
}

function overview(cow: Installation) {
  const { sogo } = cow;
  return {
    hostname: cow.hostname,
    domains: [...cow.domains.values()].map((domain) => ({
      ...domain,
      tags: [...domain.tags],
      dkim: cow.dkimKeys.get(domain.name)?.selector ?? null,
      knownToSogo: sogo.knows(domain.name),
    })),
    aliasDomains: [...cow.aliasDomains.values()],
    mailboxes: [...cow.mailboxes.values()].map(({ password: _hidden, mail, tags, ...mailbox }) => ({
      ...mailbox,
      tags: [...tags],
      messages: mail.count,
    })),
    aliases: [...cow.aliases.values()],
    dkimKeys: [...cow.dkimKeys].map(([domain, { selector }]) => ({ domain, selector })),
    appPasswords: [...cow.appPasswords.values()].map(({ password: _hidden, ...rest }) => rest),
    relayhosts: [...cow.relayhosts.values()].map(({ password: _hidden, ...rest }) => rest),
    transports: [...cow.transports.values()].map(({ password: _hidden, ...rest }) => rest),
    forwardingHosts: [...cow.forwardingHosts.values()],
    sogo: { restarts: sogo.restarts },
  };
}

function readMail(cow: Installation, address: string) {
  const mailbox = cow.mailboxes.get(address.toLowerCase());
  if (!mailbox) throw new RangeError(`there is no mailbox ${address}`);
  return mailbox.mail.folders.flatMap(({ name, messages }) =>
    messages.map(({ uid, flags, receivedAt, raw }) => ({
      folder: name,
      uid,
      flags: [...flags],
      at: new Date(receivedAt).toISOString(),
      raw: raw.toString('latin1'),
    })),
  );
}

/** A domain as add/domain takes it, here also with lists of mailboxes and aliases; SOGo knows it unless `known` is false. */
async function seedDomain(cow: Installation, { known, mailboxes, aliases, ...attr }: z.output<typeof domainSchema>) {
  const numbers = Object.entries({ mailboxes, aliases }).filter(([, value]) => typeof value === 'number');
  await seed(cow, addDomain, { ...attr, ...Object.fromEntries(numbers) });
  for (const mailbox of Array.isArray(mailboxes) ? mailboxes : []) await seedMailbox(cow, mailbox);
  for (const alias of Array.isArray(aliases) ? aliases : []) await seed(cow, addAlias, { active: 1, ...alias });
  if (known) cow.sogo.learn();
  return { domain: attr.domain };
}

/** A mailbox by its address; 100 MiB unless it says otherwise, so that several fit into a domain. */
function seedMailbox(cow: Installation, { address, password, ...attr }: z.output<typeof mailboxSchema>) {
  const [local_part, domain] = address.split('@');
  return seed(cow, addMailbox, { quota: 100, ...attr, local_part, domain, password, password2: password });
}

/** Does what the API does, and refuses aloud. */
async function seed(cow: Installation, write: Write, attr: object) {
  const entries = await write({ cow, attr: attributesOf(attr), items: [], extra: undefined });
  const refusal = entries.find(({ type }) => type === 'danger');
  if (refusal) throw new RangeError(`Mailcow refuses: ${JSON.stringify(refusal.msg)}`);
  return { done: entries.map(({ msg }) => msg) };
}

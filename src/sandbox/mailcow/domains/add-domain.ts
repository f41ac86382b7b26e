import type { Call, Write } from '../api/call.ts';
import { type Entry, Report } from '../api/entry.ts';
import { type Attributes, intOf, intOr, isEmpty, isGiven, listOf, textOf } from '../api/loose.ts';
import { asciiDomain, isDomainName } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { Domain } from '../state.ts';
import { makeKeys } from './dkim.ts';
import { brokenQuotaRule } from './quotas.ts';
import { setRateLimit } from './rate-limit.ts';
import { addTags } from './tags.ts';
import { pickTemplate, type Template } from './templates.ts';

const MIB = 1024 ** 2;

/** `add/domain`: what is not given comes from the template; makes a DKIM key where that has a size and a selector. */
export const addDomain: Write = async ({ cow, attr }) => {
  const report = new Report(['mailbox', 'add', 'domain', attr, null]);
  const template = pickTemplate(cow.templates, 'domain', intOf(attr.template));
  const wanted = readDomain(cow, attr, template);
  const refusal = refusalOf(cow, wanted);
  if (refusal) return report.danger(refusal).entries;
  cow.domains.set(wanted.name, wanted);
  cow.touch();
  const tags = isGiven(attr.tags) ? listOf(attr.tags) : listOf(template.tags);
  addTags(report, wanted.tags, tags);
  report.join(limitRate(cow, wanted, attr, template));
  await ensureDkim(report, cow, wanted.name, attr, template);
  if (intOf(attr.restart_sogo) !== 0 && !cow.sogo.restart()) return report.warning('domain_added_sogo_failed').entries;
  return report.success(['domain_added', wanted.name]).entries;
};

function readDomain(cow: Installation, attr: Attributes, template: Template['attributes']): Domain {
  const name = asciiDomain(textOf(attr.domain));
  const flag = (field: string) => intOr(attr[field], intOf(template[field]));
  const mib = (field: string, templateField: string) => intOr(attr[field], intOf(template[templateField]) / MIB);
  const relayUnknownOnly = flag('relay_unknown_only');
  const relayAllRecipients = relayUnknownOnly === 1 ? 1 : flag('relay_all_recipients');
  return {
    name,
    description: isEmpty(attr.description) ? name : textOf(attr.description),
    aliases: intOr(attr.aliases, intOf(template.max_num_aliases_for_domain)),
    mailboxes: intOr(attr.mailboxes, intOf(template.max_num_mboxes_for_domain)),
    defquota: mib('defquota', 'def_quota_for_mbox'),
    maxquota: mib('maxquota', 'max_quota_for_mbox'),
    quota: mib('quota', 'max_quota_for_domain'),
    active: flag('active'),
    gal: flag('gal'),
    backupmx: relayAllRecipients === 1 ? 1 : flag('backupmx'),
    relayAllRecipients,
    relayUnknownOnly,
    relayhost: 0,
    tags: new Set(),
    createdAt: cow.clock.now(),
  };
}

function refusalOf(cow: Installation, wanted: Domain): Entry['msg'] | undefined {
  const broken = brokenQuotaRule(wanted, 'add');
  if (broken !== undefined) return broken;
  if (wanted.name === '' || !isDomainName(wanted.name)) return 'domain_invalid';
  if (cow.has(wanted.name)) return ['domain_exists', wanted.name];
  if (wanted.name === cow.hostname) return 'domain_cannot_match_hostname';
  return undefined;
}

function limitRate(cow: Installation, domain: Domain, attr: Attributes, template: Template['attributes']) {
  const value = isGiven(attr.rl_value) ? intOf(attr.rl_value) : template.rl_value;
  const frame = isGiven(attr.rl_frame) ? attr.rl_frame : template.rl_frame;
  if (isEmpty(value) || isEmpty(frame)) return [];
  return setRateLimit(cow, 'domain', domain, { rl_value: value, rl_frame: frame, object: domain.name });
}

/** A key of the domain's earlier life stays, and is told of without its name. */
async function ensureDkim(
  report: Report,
  cow: Call['cow'],
  name: string,
  attr: Attributes,
  template: Template['attributes'],
): Promise<void> {
  const size = intOr(attr.key_size, intOf(template.key_size));
  const selector = isGiven(attr.dkim_selector) ? attr.dkim_selector : template.dkim_selector;
  if (isEmpty(size) || isEmpty(selector)) return;
  if (cow.dkimKeys.has(name)) report.success('domain_add_dkim_available');
  else report.join(await makeKeys(cow, { key_size: size, dkim_selector: selector, domains: name }));
}

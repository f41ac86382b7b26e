import type { Read, Write } from '../api/call.ts';
import { type Entry, Report } from '../api/entry.ts';
import { type Attributes, intOf, isGiven, textOf, wordsOf } from '../api/loose.ts';
import { isDomainName } from '../api/names.ts';
import type { Installation } from '../installation.ts';

/** `add/dkim`: a key for each of `domains`. One that has a key is refused with the code of a bad name. */
export const addDkim: Write = ({ cow, attr }) => makeKeys(cow, attr);

/** Makes DKIM keys as add/dkim does, also for a new domain. */
export async function makeKeys(cow: Installation, attr: Attributes): Promise<readonly Entry[]> {
  const report = new Report(['dkim', 'add', attr]);
  const selector = isGiven(attr.dkim_selector) ? textOf(attr.dkim_selector) : 'dkim';
  const bits = intOf(attr.key_size);
  for (const domain of wordsOf(attr.domains).filter((word) => word !== '')) {
    if (!isDomainName(domain) || cow.dkimKeys.has(domain) || !/^[a-z\d._-]*[a-z\d][a-z\d._-]*$/i.test(selector)) {
      report.danger(['dkim_domain_or_sel_invalid', domain]);
      continue;
    }
    if (!cow.has(domain)) {
      report.danger(['access_denied', domain]);
      continue;
    }
    // OpenSSL makes no smaller key than this, and Mailcow calls its failure the same.
    if (bits < 512 || bits > 8192) {
      report.danger(['dkim_domain_or_sel_invalid', domain]);
      continue;
    }
    cow.dkimKeys.set(domain, await cow.dkimMill.make(selector, bits));
    cow.touch();
    report.success(['dkim_added', domain]);
  }
  return report.entries;
}

/** `delete/dkim`: also of domains that have none, or are none. */
export const deleteDkim: Write = ({ cow, items }) => {
  const report = new Report(['dkim', 'delete', { domains: items }]);
  for (const item of items) {
    const domain = textOf(item);
    if (!isDomainName(domain)) {
      report.danger(['dkim_domain_or_sel_invalid', domain]);
      continue;
    }
    if (cow.dkimKeys.delete(domain)) cow.touch();
    report.success(['dkim_removed', domain]);
  }
  return report.entries;
};

/** `get/dkim/{domain}`: the key and the text to publish. The length is guessed from the text's, so 3072 reads as 2048. */
export const getDkim: Read = ({ cow, object = '' }) => {
  const key = cow.dkimKeys.get(object);
  if (!key) return undefined;
  const { publicKey, selector } = key;
  const text = `v=DKIM1;k=rsa;t=s;s=email;p=${publicKey}`;
  const pieces = text.match(/.{1,255}/g) ?? [];
  return {
    pubkey: publicKey,
    length:
      publicKey.length < 391 ? '1024' : publicKey.length < 736 ? '2048' : publicKey.length < 1416 ? '4096' : '>= 8192',
    dkim_txt: cow.switches.splitDkim ? pieces.map((piece) => `"${piece}"`).join(' ') : text,
    dkim_selector: selector,
    privkey: '',
  };
};

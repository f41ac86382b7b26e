import type { Judged } from '../../fetched.ts';
import { fromBytes } from '../../records/txt.ts';
import type { Check, CheckId } from '../check.ts';
import { finding } from '../finding.ts';
import { lintBimi } from '../lint/lint-bimi.ts';
import { readTags } from '../lint/tag-list.ts';
import { fine, follow, type Outside, type See, type Subject, unseen } from './see.ts';

/** Days before its end at which a certificate should have been renewed. */
const SOON = 30;

/** The logo and certificate that a BIMI record names, once the record itself is right. Pure. */
export function checkBimi({ domain }: Subject, see: See, { brand }: Outside): Check[] {
  const name = `default._bimi.${domain}`;
  const records = follow(see, name, 'TXT')
    .answer.values.map(fromBytes)
    .filter((text) => /^v\s*=\s*BIMI1\s*(;|$)/.test(text));
  const [record] = records;
  if (record === undefined || records.length > 1 || lintBimi(record).some(({ id }) => id === 'bimi.record')) return [];
  const read = (tag: string) => readTags(record).tags.find((one) => one.name === tag)?.value ?? '';
  const [location, evidence] = [read('l'), read('a')];
  if (location === '') return [];
  const found = brand(domain, evidence === '' ? { logo: location } : { logo: location, mark: evidence });
  if (found === undefined) return [];
  const { logo, mark } = found;
  return [
    ...judged('bimi.logo', location, logo),
    ...(mark ? [...judged('bimi.certificate', evidence, mark), ...ending(evidence, mark.daysLeft)] : []),
  ];
}

function judged(id: CheckId, url: string, { faults, silence }: Judged): Check[] {
  if (silence !== undefined) return [unseen(id, url, silence)];
  return faults.length > 0 ? faults.map((fault) => finding(id, fault, { name: url })) : [fine(id, url, 'fetched')];
}

function ending(url: string, daysLeft: number | undefined): Check[] {
  // One that has ended already is a fault of its own.
  if (daysLeft === undefined || daysLeft < 0 || daysLeft > SOON) return [];
  return [finding('bimi.expiry', `${Math.floor(daysLeft)} days left`, { name: url })];
}

/** The quotas that a domain is to have, in MiB. */
export interface Quotas {
  readonly defquota: number;
  readonly maxquota: number;
  readonly quota: number;
}

type Rule = readonly [code: string, breaks: (quotas: Quotas) => boolean];

const DEFAULT_ABOVE_MOST: Rule = [
  'mailbox_defquota_exceeds_mailbox_maxquota',
  ({ defquota, maxquota }) => defquota > maxquota,
];
const MOST_ABOVE_ALL: Rule = ['mailbox_quota_exceeds_domain_quota', ({ maxquota, quota }) => maxquota > quota];
const NO_DEFAULT: Rule = ['defquota_empty', ({ defquota }) => defquota === 0];
const NO_MOST: Rule = ['maxquota_empty', ({ maxquota }) => maxquota === 0];

/** In the order in which add/domain and edit/domain ask: the first that is broken is the only one told. */
const RULES = {
  add: [DEFAULT_ABOVE_MOST, MOST_ABOVE_ALL, NO_DEFAULT, NO_MOST],
  edit: [DEFAULT_ABOVE_MOST, NO_DEFAULT, MOST_ABOVE_ALL, NO_MOST],
} as const;

/** The code of the rule that quotas break. */
export function brokenQuotaRule(quotas: Quotas, when: keyof typeof RULES): string | undefined {
  return RULES[when].find(([, breaks]) => breaks(quotas))?.[0];
}

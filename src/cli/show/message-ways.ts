import { type MessageVerdict, SIGNATURE_FAULTS } from '../../core/verdicts.ts';

/** What can be done about a message that DMARC fails. */
export function messageWays({ author = '', signatures, spf, arc, dmarc }: MessageVerdict): string[] {
  if (dmarc.result !== 'fail') return [];
  const own = signatures.filter(({ aligned }) => aligned);
  const keyless = own.filter(({ reason }) => reason === SIGNATURE_FAULTS.noKey);
  const sender =
    spf?.aligned === false && spf.result === 'pass' ? ', or send it with an envelope sender of that domain' : '';
  return [
    ...(own.length === 0 ? [`Where it is rightly sent as ${author}: sign it with DKIM as ${author}${sender}.`] : []),
    ...keyless.map(
      ({ domain, selector }) => `Publish the key at ${selector}._domainkey.${domain}, or sign with one that is there.`,
    ),
    ...(own.some(({ reason }) => reason === SIGNATURE_FAULTS.changed)
      ? [
          'Whoever passed it on has changed it (the footer of a list, a scanner): have it left as it is, or sent on with a From of their own.',
        ]
      : []),
    ...(arc.result === 'pass' && arc.sealer !== undefined
      ? [
          `${arc.sealer} passed it on and vouches for what it found then: receivers that trust it may take the message all the same.`,
        ]
      : []),
    ...(spf && spf.result !== 'pass' && spf.result !== 'none' && !spf.greeting
      ? [`mailwright spf ${spf.ip} --from postmaster@${spf.domain} shows which term decides.`]
      : []),
  ];
}

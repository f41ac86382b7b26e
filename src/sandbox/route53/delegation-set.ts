/** The four name servers of the n-th delegation set, in the pattern of the real ones: one each in com, net, org and co.uk. */
export function delegationSet(n: number): readonly string[] {
  return ['com', 'net', 'org', 'co.uk'].map((top, index) => {
    const host = 512 * index + (n % 512);
    const domain = String((n * 4 + index) % 64).padStart(2, '0');
    return `ns-${host}.awsdns-${domain}.${top}`;
  });
}

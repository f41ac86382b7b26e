/** Who runs the name servers of a zone. */
export interface DnsHost {
  readonly name: string;
  /** What a profile calls it (dns.provider), whether or not this version can write there. */
  readonly provider?: string;
}

const HOSTS: readonly (readonly [pattern: RegExp, host: DnsHost])[] = [
  [/\.ns\.cloudflare\.com$/, { name: 'Cloudflare', provider: 'cloudflare' }],
  [/^ns-\d+\.awsdns-\d+\.(com|net|org|co\.uk)$/, { name: 'Amazon Route 53', provider: 'route53' }],
  [/\.ns\.porkbun\.com$/, { name: 'Porkbun', provider: 'porkbun' }],
  [/\.(domaincontrol)\.com$/, { name: 'GoDaddy' }],
  [/\.(registrar-servers|namecheaphosting)\.com$/, { name: 'Namecheap' }],
  [/\.(googledomains|google)\.com$/, { name: 'Google Cloud DNS' }],
  [/\.azure-dns\.(com|net|org|info)$/, { name: 'Azure DNS' }],
  [/\.gandi\.net$/, { name: 'Gandi' }],
  [/\.(hetzner|first-ns|second-ns|your-server)\.(com|de)$/, { name: 'Hetzner' }],
  [/\.digitalocean\.com$/, { name: 'DigitalOcean' }],
  [/\.linode\.com$/, { name: 'Linode' }],
  [/\.ovh\.(net|ca)$|\.anycast\.me$/, { name: 'OVHcloud' }],
  [/\.(ui-dns)\.(com|org|de|biz)$/, { name: 'IONOS' }],
  [/\.inwx\.(de|eu|net)$/, { name: 'INWX' }],
  [/\.dnsimple(-edge)?\.(com|net|org|io)$/, { name: 'DNSimple' }],
  [/\.nsone\.net$/, { name: 'NS1' }],
  [/\.(vercel-dns)\.com$/, { name: 'Vercel' }],
  [/\.(wixdns|squarespacedns)\.(net|com)$/, { name: 'a site builder' }],
  [/\.(sedoparking|parkingcrew|bodis)\.(com|net)$/, { name: 'a parking service' }],
];

/** Who runs these name servers, as far as their names tell. Where two do, the first that is known. */
export function dnsHostOf(servers: readonly string[]): DnsHost | undefined {
  for (const server of servers) {
    const found = HOSTS.find(([pattern]) => pattern.test(server));
    if (found) return found[1];
  }
  return undefined;
}

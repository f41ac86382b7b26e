import type { Internet } from '../world.ts';

/** Publishes zones of well-known hosts that domains refer to: senders' SPF trees shaped like the real ones, and their mail hosts. */
export function seedWorld(internet: Internet): void {
  const publish = internet.publish.bind(internet);
  const google = 'google.com';
  publish(google, google, 'A', ['142.250.74.46']);
  publish(google, google, 'TXT', ['v=spf1 include:_spf.google.com ~all'], 3600);
  publish(google, google, 'MX', ['10 smtp.google.com']);
  publish(google, 'smtp.google.com', 'A', ['142.250.102.26']);
  publish(google, '_spf.google.com', 'TXT', [
    'v=spf1 include:_netblocks.google.com include:_netblocks2.google.com include:_netblocks3.google.com ~all',
  ]);
  publish(google, '_netblocks.google.com', 'TXT', [
    'v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ip4:72.14.192.0/18 ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 ip4:209.85.128.0/17 ip4:216.58.192.0/19 ip4:216.239.32.0/19 ~all',
  ]);
  publish(google, '_netblocks2.google.com', 'TXT', [
    'v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 ip6:2800:3f0:4000::/36 ip6:2a00:1450:4000::/36 ip6:2c0f:fb50:4000::/36 ~all',
  ]);
  publish(google, '_netblocks3.google.com', 'TXT', [
    'v=spf1 ip4:172.217.0.0/19 ip4:172.217.32.0/20 ip4:172.217.128.0/19 ip4:172.253.56.0/21 ip4:108.177.96.0/19 ip4:35.191.0.0/16 ip4:130.211.0.0/22 ~all',
  ]);
  for (const host of ['aspmx.l.google.com', 'alt1.aspmx.l.google.com', 'alt2.aspmx.l.google.com'])
    publish(google, host, 'A', ['142.250.102.27']);

  const outlook = 'outlook.com';
  publish(outlook, outlook, 'A', ['52.96.222.194']);
  publish(outlook, 'spf.protection.outlook.com', 'TXT', [
    'v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 -all',
  ]);
}

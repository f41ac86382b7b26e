// Every DNS provider: one file and one line. Configuration, flags, masking, documentation and the choice by delegation follow from it.
export * as cloudflare from './cloudflare.ts';
export * as manual from './manual.ts';
export * as porkbun from './porkbun.ts';
export * as route53 from './route53.ts';

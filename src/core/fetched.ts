/** What a web server that a stranger named answered; refused: why that counts for nothing; silence: why nobody knows. */
export type Fetched =
  | { readonly status: number; readonly contentType: string; readonly text: string }
  | { readonly refused: string }
  | { readonly silence: string };

/** What comes next for a record that a person has not entered yet. */
export const ENTER_IT = 'enter it at the DNS host; the next look finds it';

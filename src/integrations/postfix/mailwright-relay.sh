#!/bin/sh
# mailwright-relay 2: shows, and edits safely, the tables by which this Postfix takes mail for domains and passes it on, and the
# transports by which mail of domains leaves by Amazon SES.
#
#   mailwright-relay show [CONFIG_DIRECTORY]   domains on stdin, one a line; the answer is what they meet here
#   mailwright-relay put  [CONFIG_DIRECTORY]   edits on stdin; all of them are made, or none
#
# Only the parameters below, only files that main.cf names for them, only while they are as whoever asks has read them; and transports
# whose names begin with "ses-", which are written here, with TLS that is never weaker than what stands below.
set -u
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL

SENDERS=sender_dependent_default_transport_maps
PARAMETERS="relay_domains transport_maps relay_recipient_maps $SENDERS"
CLASSES='mydestination virtual_alias_domains virtual_mailbox_domains'
OTHERS='mail_version config_directory myhostname relay_transport smtpd_relay_restrictions smtpd_recipient_restrictions default_database_type'
INDEXED='hash btree lmdb cdb dbm'
KEPT=5
BUNDLES='/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem'

say() { printf '%s\n' "$*"; }
packed() { base64 | tr -d '\n'; say; }
# Ends with a word for the program and the tool's own words for people.
give_up() {
  say "@failed $1"
  printf '%s' "${2-}" | packed
  exit 1
}

command=${1-}
directory=${2-}
case $command in show | put) ;; *) give_up usage "show or put, not '$command'" ;; esac
command -v postconf >/dev/null || give_up no-postfix 'there is no postconf here'
[ -n "$directory" ] || directory=$(postconf -h config_directory)
case $directory in
/*) ;;
*) give_up directory "$directory is no absolute path" ;;
esac
directory=$(readlink -f "$directory") || give_up directory "there is no $directory"
# Only root may write it: itself, and every folder above. In a sticky one others replace nothing of root's, but may add to it: fine above alone.
trusted() {
  at=$1
  above=
  while [ "$at" != / ]; do
    seen=$(stat -c '%u %a' "$at") || return 1
    case $seen in "0 "*) ;; *) return 1 ;; esac
    case $above$seen in
    "above 0 1"???) ;;
    *[2367]? | *[2367]) return 1 ;;
    esac
    above='above '
    at=$(dirname "$at")
  done
}
# What main.cf and master.cf say is run as root: whoever may write them, or put others in their place, would be root.
for file in main.cf master.cf; do
  [ -f "$directory/$file" ] || give_up directory "$directory has no $file"
  [ "$(id -u)" = 0 ] || continue
  { trusted "$directory" && trusted "$(readlink -f "$directory/$file")"; } ||
    give_up directory "$directory/$file can be written by others than root"
done

conf() { postconf -c "$directory" "$@" 2>/dev/null; }

# The tables of a parameter, one a line: "TYPE PATH" for files that can be edited.
editable() {
  conf -xh "$1" | tr ',' ' ' | tr -s ' \t' '\n\n' | sed -n -E \
    -e 's#^(proxy:)?(hash|btree|lmdb|cdb|dbm|texthash):(/[A-Za-z0-9._/+-]+)$#\2 \3#p' \
    -e 's#^(/[A-Za-z0-9._/+-]+)$#file \1#p'
}
# Its other tables, which can only be asked: "TYPE:NAME".
askable() {
  conf -xh "$1" | tr ',' ' ' | tr -s ' \t' '\n\n' | sed -n -E 's#^(proxy:)?([a-z]+:.+)$#\2#p'
}
is_indexed() { case " $INDEXED " in *" $1 "*) return 0 ;; esac; return 1; }
sum() { sha256sum | cut -d' ' -f1; }
# Why a file can be read and not be edited; nothing where it can. In a folder of others a rename, and a copy, could be turned elsewhere.
unfit() {
  folder=$(readlink -f "$(dirname "$1")")
  if [ -L "$1" ]; then
    say "$1 is a symbolic link to $(readlink -f "$1")"
  elif [ "$(id -u)" = 0 ] && ! trusted "$folder"; then
    say "others than root may write into $folder"
  fi
}
# What every tool complains of here, whatever it does.
noise() { postmap -c "$directory" -q mailwright static:none 2>&1 >/dev/null; }

# Where senders stand if main.cf names no table for them: made with the first, gone with the last.
own_senders=$directory/mailwright-senders

# The certificates that a transport believes: those of main.cf, else the system's.
ca_option() {
  [ -z "$(conf -h smtp_tls_CAfile)$(conf -h smtp_tls_CApath)" ] || return 0
  for bundle in $BUNDLES; do
    [ -r "$bundle" ] && { printf ' -o smtp_tls_CAfile=%s' "$bundle"; return 0; }
  done
  return 1
}
# A transport as master.cf has it. Nothing of main.cf weakens it: no policy of TLS, no other way out where SES does not answer.
ses_entry() {
  printf '%s unix - - n - - smtp' "$1"
  printf ' -o %s' \
    "syslog_name=postfix/$1" \
    smtp_sasl_auth_enable=yes \
    "smtp_sasl_password_maps=texthash:$directory/$1.passwords" \
    smtp_sasl_mechanism_filter=plain,login \
    smtp_sasl_security_options=noanonymous \
    smtp_sasl_tls_security_options=noanonymous \
    smtp_tls_security_level=secure \
    smtp_tls_secure_cert_match=nexthop \
    smtp_tls_policy_maps= \
    smtp_tls_wrappermode=no \
    smtp_fallback_relay= \
    "smtp_header_checks=regexp:$directory/$1.headers"
  ca_option
}
# What SES is told of each message; whatever clients wrote of that kind is taken out first. Every message has a From.
ses_headers() {
  say '/^X-SES-/ IGNORE'
  at=From
  [ "$1" = - ] || { say "/^From:/ PREPEND X-SES-TENANT: $1"; at=Date; }
  [ "$2" = - ] || say "/^$at:/ PREPEND X-SES-CONFIGURATION-SET: $2"
}
ses_names() { conf -M | sed -n -E 's/^(ses-[a-z0-9-]+) +unix .*/\1/p'; }
# Passwords are told by their sum alone.
show_ses() {
  name=$1
  state=whole
  [ "$(conf -M "$name/unix" | tr -s ' ')" = "$(ses_entry "$name")" ] || state=changed
  [ "$(stat -c '%u %a' "$directory/$name.passwords" 2>/dev/null)" = '0 600' ] || state=changed
  if [ -r "$directory/$name.passwords" ]; then sum=$(sum <"$directory/$name.passwords"); else sum=none; fi
  say "@ses $name $state $sum"
  cat "$directory/$name.headers" 2>/dev/null | packed
}

show() {
  # While an edit runs, text and index are of two moments: its own lines would look like somebody's.
  if [ -r "$directory/.mailwright.lock" ] && command -v flock >/dev/null; then
    exec 9<"$directory/.mailwright.lock"
    flock -s -w 20 9
  fi
  domains=$(sed -E '/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/!d')
  say '@mailwright-relay 2'
  say '@postconf'
  conf -x $PARAMETERS $CLASSES $OTHERS | packed
  say '@raw'
  conf $PARAMETERS | packed
  say '@overrides'
  conf -P '*/inet/*' | packed
  say '@services'
  conf -M | packed
  if conf_status; then say '@status running'; else say '@status stopped'; fi
  say "@head $directory/main.cf"
  head -n 12 "$directory/main.cf" | packed
  for parameter in $PARAMETERS; do
    editable "$parameter" | while read -r type path; do
      if [ ! -f "$path" ] || [ ! -r "$path" ]; then
        say "@missing $parameter $type $path"
        continue
      fi
      say "@source $parameter $type $path $(sum <"$path")"
      packed <"$path"
      why=$(unfit "$path")
      [ -z "$why" ] || { say "@unfit $parameter $type $path"; printf '%s' "$why" | packed; }
      is_indexed "$type" || continue
      if index=$(postmap -c "$directory" -s "$type:$path" 2>/dev/null); then
        say "@index $parameter $type $path"
        printf '%s' "$index" | packed
      else
        say "@noindex $parameter $type $path"
        postmap -c "$directory" -s "$type:$path" 2>&1 | packed
      fi
    done
  done
  if ca_option >/dev/null; then say '@certificates yes'; else say '@certificates no'; fi
  for name in $(ses_names); do show_ses "$name"; done
  [ -z "$domains" ] || for parameter in $PARAMETERS $CLASSES; do
    keys=$domains
    [ "$parameter" != "$SENDERS" ] || keys=$(say "$domains" | sed 's/^/@/')
    askable "$parameter" | while read -r table; do
      answers=$(say "$keys" | postmap -c "$directory" -q - "$table" 2>/dev/null)
      [ -z "$answers" ] || { say "@found $parameter $table"; printf '%s' "$answers" | packed; }
      # postmap ends with 1 also where there is nothing to be found.
      words=$(say "$keys" | postmap -c "$directory" -q - "$table" 2>&1 >/dev/null)
      case $words in *fatal:*) say "@unasked $parameter $table"; printf '%s' "$words" | packed ;; esac
    done
  done
  say '@end'
}
conf_status() { postfix -c "$directory" status >/dev/null 2>&1; }

# Everything that is made on the way, so that a cut leaves nothing behind.
work=
drafts=
clean() {
  for draft in $drafts; do rm -f "$draft" "$draft".*; done
  [ -z "$work" ] || rm -rf "$work"
}

read_edits() {
  count=0
  ended=no
  while IFS= read -r line; do
    case $line in
    '@edit '* | '@inline '* | '@senders '* | '@ses '*)
      count=$((count + 1))
      say "$line" >"$work/$count.what"
      : >"$work/$count.b64"
      ;;
    '@end')
      ended=yes
      break
      ;;
    @*) give_up usage "unknown line $line" ;;
    *) [ "$count" -eq 0 ] || say "$line" >>"$work/$count.b64" || give_up write "no space for temporary files in $work" ;;
    esac
  done
  [ "$ended" = yes ] || give_up cut 'the connection ended before all of it had come'
  [ "$count" -gt 0 ] || give_up usage 'no edits'
}

# Owner, mode, and label where there are any, of the one for the other.
like() {
  chown "$(stat -c %u:%g "$1")" "$2" && chmod "$(stat -c %a "$1")" "$2"
  chcon --reference="$1" "$2" 2>/dev/null || :
}

# Brings one edit to the point where a rename makes it live.
prepare() {
  n=$1
  read -r kind parameter type path expected <"$work/$n.what"
  case $kind in
  @ses) prepare_ses; return ;;
  @senders) prepare_senders; return ;;
  esac
  case " $PARAMETERS " in *" $parameter "*) ;; *) give_up usage "$parameter is not for this program" ;; esac
  words=$(base64 -d <"$work/$n.b64" 2>&1 >"$work/$n.new") || case $words in
  *space* | *quota*) give_up write "$words" ;;
  *) give_up usage "edit $n is no base64" ;;
  esac
  odd=$(tr -d '\011\012\015\040-\176\200-\377' <"$work/$n.new" | wc -c)
  [ "$odd" -eq 0 ] || give_up content "$odd control characters in the new text for $parameter"
  if [ "$kind" = '@inline' ]; then
    path=$directory/main.cf
    expected=$type
    [ "$(conf -h "$parameter" | sum)" = "$expected" ] || give_up stale "$parameter in $path"
    [ "$(wc -l <"$work/$n.new")" -le 1 ] || give_up content "more than one line for $parameter"
    [ ! -L "$path" ] || give_up unfit "$path is a symbolic link to $(readlink -f "$path")"
    return
  fi
  editable "$parameter" | grep -qFx "$type $path" || give_up usage "$parameter does not use $type:$path"
  why=$(unfit "$path")
  [ -z "$why" ] || give_up unfit "$why"
  [ -f "$path" ] || give_up unfit "$path is no plain file"
  [ "$(sum <"$path")" = "$expected" ] || give_up stale "$path"
  # What a run that was killed has left: nobody else is at work, we have the lock.
  rm -f "$path".mailwright.*
  draft=$(mktemp "$path.mailwright.XXXXXX" 2>&1) || give_up write "$draft"
  drafts="$drafts $draft"
  # The copy gives owner and mode; the text follows.
  { cp -p "$path" "$draft" && cat "$work/$n.new" >"$draft"; } 2>"$work/error" || give_up write "$(cat "$work/error")"
  [ "$(sum <"$draft")" = "$(sum <"$work/$n.new")" ] || give_up write "$draft was not written whole"
  like "$path" "$draft"
  if is_indexed "$type"; then
    # postmap ends with 0 also where it only warns, and then leaves lines out.
    # -o: as root, because the table's owner may make no file beside it.
    words=$(postmap -c "$directory" -o "$type:$draft" 2>&1) || give_up postmap "$words"
    [ "$words" = "$noise" ] || give_up postmap "$words"
    for made in "$draft".*; do
      index=$path.${made##*.}
      [ ! -e "$index" ] || like "$index" "$made"
    done
    postmap -c "$directory" -s "$type:$draft" 2>/dev/null | sort >"$work/$n.index"
  fi
  say "$draft" >"$work/$n.draft"
}

# '@ses NAME TENANT SET' with its passwords below, '-' for a word that is not wanted; without passwords it goes.
prepare_ses() {
  name=$parameter
  case $name in ses-*[!a-z0-9-]* | ses-) give_up usage "$name is no name for a transport" ;; ses-*) ;; *) give_up usage "$name is not for this program" ;; esac
  for word in "$type" "$path"; do
    case $word in '' | *[!A-Za-z0-9_-]*) give_up usage "'$word' names no tenant or configuration set" ;; esac
  done
  base64 -d <"$work/$n.b64" >"$work/$n.passwords" 2>/dev/null || give_up usage "edit $n is no base64"
  if grep -qvE '^\[[A-Za-z0-9.-]+\]:[0-9]+ [A-Za-z0-9_+=/.-]+:[!-~]+$' "$work/$n.passwords"; then give_up content 'a line that is no password of a host'; fi
  ends_well master.cf
  ses_headers "$type" "$path" >"$work/$n.headers"
  [ ! -s "$work/$n.passwords" ] || ses_entry "$name" >"$work/$n.entry" || give_up certificates 'there are no certificates to believe'
}

# '@senders SHA256' with the text of our own table below; 'none' where there is none yet, no text where it goes.
prepare_senders() {
  expected=$parameter
  base64 -d <"$work/$n.b64" >"$work/$n.new" 2>/dev/null || give_up usage "edit $n is no base64"
  odd=$(tr -d '\011\012\040-\176\200-\377' <"$work/$n.new" | wc -c)
  [ "$odd" -eq 0 ] || give_up content "$odd control characters in the new text for $SENDERS"
  ends_well main.cf
  if [ -f "$own_senders" ]; then now=$(sum <"$own_senders"); else now=none; fi
  case $(conf -h "$SENDERS") in
  '') [ "$expected" = none ] || give_up stale "$own_senders" ;;
  "texthash:$own_senders") [ "$now" = "$expected" ] || give_up stale "$own_senders" ;;
  *) give_up stale "$SENDERS in $directory/main.cf" ;;
  esac
}

# postconf adds its lines at the end as it is, and makes a file of a symbolic link.
ends_well() {
  [ ! -L "$directory/$1" ] || give_up unfit "$directory/$1 is a symbolic link to $(readlink -f "$directory/$1")"
  [ -z "$(tail -c 1 "$directory/$1")" ] || give_up content "$directory/$1 does not end with a line break"
}

# Puts a file in its place whole, with this mode.
place() {
  drafts="$drafts $2.mailwright-draft"
  (umask 077 && cat "$1" >"$2.mailwright-draft") 2>"$work/error" &&
    chmod "$3" "$2.mailwright-draft" 2>"$work/error" &&
    mv -f "$2.mailwright-draft" "$2" 2>"$work/error"
}

# Keeps what stands at a place, for putting it back: '@ses' and '@senders' touch these alone.
remember() {
  for file in "$@"; do
    if [ -e "$directory/$file" ]; then cp -p "$directory/$file" "$work/$n.was.$file" 2>"$work/error" || return 1; fi
    say "$file" >>"$work/$n.touched"
  done
}

swap_ses() {
  name=$parameter
  remember master.cf "$name.passwords" "$name.headers" || return 1
  say "$n" >>"$work/swapped"
  if [ -s "$work/$n.passwords" ]; then
    place "$work/$n.passwords" "$directory/$name.passwords" 600 || return 1
    place "$work/$n.headers" "$directory/$name.headers" 644 || return 1
    postconf -c "$directory" -M -e "$name/unix=$(cat "$work/$n.entry")" 2>"$work/error" || return 1
    like "$work/$n.was.master.cf" "$directory/master.cf"
    return 0
  fi
  if editable "$SENDERS" | while read -r type path; do grep -v '^#' "$path"; done | grep -qE "[[:space:]]$name:"; then
    say "senders still leave by $name" >"$work/error"
    return 1
  fi
  [ -z "$(conf -M "$name/unix")" ] || postconf -c "$directory" -MX "$name/unix" 2>"$work/error" || return 1
  like "$work/$n.was.master.cf" "$directory/master.cf"
  rm -f "$directory/$name.passwords" "$directory/$name.headers"
}

swap_senders() {
  remember main.cf mailwright-senders || return 1
  say "$n" >>"$work/swapped"
  if [ -s "$work/$n.new" ]; then
    place "$work/$n.new" "$own_senders" 644 || return 1
    [ -n "$(conf -h "$SENDERS")" ] || postconf -c "$directory" -e "$SENDERS = texthash:$own_senders" 2>"$work/error" || return 1
    like "$work/$n.was.main.cf" "$directory/main.cf"
    return 0
  fi
  [ -z "$(conf -h "$SENDERS")" ] || postconf -c "$directory" -X "$SENDERS" 2>"$work/error" || return 1
  like "$work/$n.was.main.cf" "$directory/main.cf"
  rm -f "$own_senders"
}

# The source first: whoever is cut between the two is found by source and index not saying the same, and finished from the source.
swap() {
  n=$1
  read -r kind parameter type path expected <"$work/$n.what"
  case $kind in
  @ses) swap_ses; return ;;
  @senders) swap_senders; return ;;
  esac
  [ "$kind" = '@edit' ] || path=$directory/main.cf
  kept=$path.mailwright-$stamp
  # By a second name instead of a copy: putting back needs no room on the disk.
  [ -e "$kept" ] || ln "$path" "$kept" 2>"$work/error" || return 1
  if [ "$kind" = '@inline' ]; then
    say "$n" >>"$work/swapped"
    postconf -c "$directory" -e "$parameter = $(cat "$work/$n.new")" 2>"$work/error" || return 1
    like "$kept" "$path"
    return 0
  fi
  # Somebody may have written since it was compared.
  if [ "$(sum <"$path")" != "$expected" ]; then
    rm -f "$kept"
    reason=stale
    say "$path" >"$work/error"
    return 1
  fi
  read -r draft <"$work/$n.draft"
  say "$n" >>"$work/swapped"
  set -- "$draft".*
  mv -f "$draft" "$path" 2>"$work/error" || return 1
  for made in "$@"; do
    [ -e "$made" ] || continue
    index=$path.${made##*.}
    if [ -e "$index" ]; then ln "$index" "$draft.was.${made##*.}" 2>"$work/error" || return 1; fi
    mv -f "$made" "$index" 2>"$work/error" || return 1
  done
  is_indexed "$type" || return 0
  postmap -c "$directory" -s "$type:$path" 2>"$work/error" | sort | cmp -s - "$work/$n.index" || {
    say "the index of $path does not hold what it should" >"$work/error"
    return 1
  }
}

# Puts back what was swapped, by the same way: the text, then its index.
restore() {
  restored=yes
  [ -f "$work/swapped" ] || return 0
  for n in $(sort -rn "$work/swapped"); do
    read -r kind parameter type path expected <"$work/$n.what"
    if [ -f "$work/$n.touched" ]; then
      while read -r file; do
        if [ ! -e "$work/$n.was.$file" ]; then rm -f "$directory/$file"; continue; fi
        cp -p "$work/$n.was.$file" "$directory/$file.mailwright-back" && mv -f "$directory/$file.mailwright-back" "$directory/$file" || restored=no
      done <"$work/$n.touched"
      continue
    fi
    [ "$kind" = '@edit' ] || path=$directory/main.cf
    back=$path.mailwright.back
    drafts="$drafts $back"
    { ln -f "$path.mailwright-$stamp" "$back" && mv -f "$back" "$path"; } || restored=no
    [ "$kind" = '@edit' ] || continue
    read -r draft <"$work/$n.draft"
    for was in "$draft".was.*; do
      [ ! -e "$was" ] || mv -f "$was" "$path.${was##*.}" || restored=no
    done
  done >/dev/null 2>&1
  [ "$running" = no ] || postfix -c "$directory" reload >/dev/null 2>&1 || restored=no
}

undo_and_give_up() {
  restore
  say "@restored $restored"
  give_up "$1" "${2-}"
}

# What Postfix itself complains of; that our copies are like the tables, it need not say twice.
check() {
  words=$(postfix -c "$directory" check 2>&1)
  ended=$?
  say "$words" | grep -v '\.mailwright[-.]'
  return "$ended"
}

put() {
  [ "$(id -u)" = 0 ] || give_up root 'only root may edit Postfix'
  work=$(mktemp -d 2>&1) || { words=$work && work= && give_up write "$words"; }
  trap clean EXIT
  trap 'exit 1' HUP INT TERM PIPE
  read_edits
  # Whoever may read the lock may hold it: nobody but root should keep edits and looks waiting.
  words=$( (: >>"$directory/.mailwright.lock" && chmod 600 "$directory/.mailwright.lock") 2>&1) || give_up write "$words"
  exec 9>>"$directory/.mailwright.lock"
  if command -v flock >/dev/null; then flock -w 20 9 || give_up busy 'another edit holds the lock'; fi
  # Passwords that a cut left beside their place.
  rm -f "$directory"/ses-*.mailwright-draft
  before=$(check) || give_up check "$before"
  if conf_status; then running=yes; else running=no; fi
  noise=$(noise)
  stamp=$(date +%Y%m%dT%H%M%S)-$$
  n=1
  while [ "$n" -le "$count" ]; do
    prepare "$n"
    n=$((n + 1))
  done
  # From here on a lost connection stops nothing: a relay is never left half-way.
  trap '' HUP INT TERM PIPE
  reason=swap
  n=1
  while [ "$n" -le "$count" ]; do
    swap "$n" || undo_and_give_up "$reason" "$(cat "$work/error")"
    n=$((n + 1))
  done
  after=$(check) || undo_and_give_up check "$after"
  [ "$after" = "$before" ] || undo_and_give_up check "$after"
  if [ "$running" = yes ]; then
    words=$(postfix -c "$directory" reload 2>&1) || undo_and_give_up reload "$words"
    conf_status || undo_and_give_up reload 'Postfix is not running after its reload'
  fi
  for n in $(cat "$work/swapped"); do
    read -r kind parameter type path expected <"$work/$n.what"
    [ "$kind" = '@edit' ] || path=$directory/main.cf
    ls -1 "$path".mailwright-[0-9]* 2>/dev/null | sort | head -n -$KEPT | while read -r old; do rm -f "$old"; done
  done
  say "@done $running"
}

case $command in
show) show ;;
put) put ;;
esac

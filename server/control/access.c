// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Who may call what: the access class of each row against where its caller sits.
#include "control/control.h"

SqAccess sq_access_of(const SqControl *control, const SqClient *client) {
  if (!client || !sq_peer_is_local(client->peer))
    return SQ_ACCESS_CONTROL;
  if (sq_peer_is_local_uid(client->peer) || control->ctx.options->security.code_from_loopback)
    return SQ_ACCESS_CODE;
  return SQ_ACCESS_FILE;
}

const char *sq_access_refusal(SqAccess access) {
  return access == SQ_ACCESS_FILE
             ? "files are named by clients on the daemon's own machine; send it from there"
             : "this loads code: send it on the daemon's Unix socket, or set security.code_from_loopback = on in "
               "squeezed.conf";
}

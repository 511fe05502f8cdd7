// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// libsqueeze: the daemon as a C program sees it - connect, send, request with its outcome, listen; one thread at a
/// time per remote.
///
/// Messages are built by liblo (lo_message) and read as SqOscMessage. A remote speaks over the Unix stream socket, TCP
/// (length-prefixed packets) or UDP; on the streams nothing is ever lost.
#ifndef SQ_CLIENTS_SQUEEZE_H
#define SQ_CLIENTS_SQUEEZE_H

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>

#include "protocol/osc.h"
#include "protocol/status.h"

typedef struct SqRemote SqRemote;

#define SQ_REMOTE_URL 256   ///< bytes of a URL, with its end
#define SQ_REMOTE_TEXT 1024 ///< bytes of a sentence for people, with its end
#define SQ_REMOTE_ARGS 4096 ///< arguments of a message received
#define SQ_REMOTE_PORT 7793 ///< the daemon's own default

/// Called for each message received. `message` and all it points to end with the call; the address has lost its
/// `/@TAG` when it was an answer to the request that is waiting.
typedef void (*SqRemoteHandler)(void *context, const SqOscMessage *message);

/// Who is told of messages while a call waits; `handle` may be NULL.
typedef struct SqRemoteListener {
  SqRemoteHandler handle;
  void *context;
} SqRemoteListener;

/// How a request ended.
typedef struct SqOutcome {
  SqStatus status; ///< SQ_OK, the code of `/fail`; or with `lost`: SQ_TIMEOUT no answer in time, SQ_IO no connection
  bool lost;       ///< no answer came: the trouble is on the way, not in what was asked
  char text[SQ_REMOTE_TEXT]; ///< cause and next step, "" when it went well
} SqOutcome;

/// Writes the URL that a program without an opinion should use: $SQUEEZED_URL, else the one daemon that has its
/// NAME.json in a runtime folder ($XDG_RUNTIME_DIR/squeezed, /run/squeezed, /tmp/squeezed-UID, the first that has
/// any), else osc.udp://127.0.0.1:7793/. `name` chooses among several, NULL: any.
/// Errors: SQ_NOT_FOUND no daemon of that name, SQ_NOT_NOW several run; error[SQ_REMOTE_TEXT] gets the sentence.
SqStatus sq_remote_find(const char *name, char url[SQ_REMOTE_URL], char error[SQ_REMOTE_TEXT]);

/// Connects to `url` (osc.unix:///PATH, osc.tcp://HOST:PORT/, osc.udp://HOST:PORT/, or HOST:PORT for UDP).
/// On success `*remote` is the caller's, to close. Errors: SQ_BAD_ARGS not a URL, SQ_IO cannot connect, with
/// error[SQ_REMOTE_TEXT]. Over UDP a missing daemon shows at the first request.
SqStatus sq_remote_open(const char *url, SqRemote **remote, char error[SQ_REMOTE_TEXT]);

/// Ends the connection; on a stream the daemon ends its subscriptions and held notes. NULL is fine.
void sq_remote_close(SqRemote *remote);

/// The URL it was opened with; lives as long as `remote`.
const char *sq_remote_url(const SqRemote *remote);

/// File descriptor to wait on with poll(); when it is readable call sq_remote_poll().
int sq_remote_fd(const SqRemote *remote);

/// Sends one message; `args` stays the caller's, NULL: none. Waits while a stream is full. Errors: SQ_IO.
SqStatus sq_remote_send(SqRemote *remote, const char *address, lo_message args);

/// Sends a packet as it is (a bundle made by liblo, for one). Errors: SQ_IO, SQ_LIMIT too big for UDP.
SqStatus sq_remote_send_packet(SqRemote *remote, const void *packet, size_t size);

/// Sends `address` with a tag of its own and waits for its /done or /fail, at most `timeout_ms`. Everything received
/// meanwhile goes to `listener` (NULL: nobody), the /done itself too. Returns out->status.
SqStatus sq_remote_request(SqRemote *remote, const char *address, lo_message args, const SqRemoteListener *listener,
                           SqOutcome *out);

/// Sets how long requests wait; 10,000 ms at first.
void sq_remote_set_timeout(SqRemote *remote, int timeout_ms);

/// Waits at most `timeout_ms` (0: not at all, -1: for ever) for something to come and hands all messages that are there
/// to `listener`. Errors: SQ_TIMEOUT nothing came, SQ_IO connection lost.
SqStatus sq_remote_poll(SqRemote *remote, int timeout_ms, const SqRemoteListener *listener);

/// Milliseconds of a clock that never jumps.
int64_t sq_remote_now_ms(void);

#endif

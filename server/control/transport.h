// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// All sockets of the daemon and the clients behind them; control thread only, never blocks.
///
/// UDP (IPv4 and IPv6, one port), OSC over TCP (port + 1) and a Unix SOCK_STREAM socket hand whole packets to one
/// callback, with the peer that sent them. Nothing here knows what OSC is. A peer is a UDP source address, kept by a
/// lease that any packet renews, or a stream connection. Receiving allocates nothing per packet.
///
/// The transport has one epoll descriptor of its own: watch sq_transport_fd() for reading and call sq_transport_poll()
/// when it is readable. One poll does a bounded amount of work, so a flood on one socket starves neither the others nor
/// the caller's own descriptors; what is left keeps the descriptor readable.
#ifndef SQ_CONTROL_TRANSPORT_H
#define SQ_CONTROL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gate.h"
#include "protocol/status.h"

typedef struct SqTransport SqTransport;

/// A client: one UDP source address or one stream connection. Valid until `closed` was called for it.
typedef struct SqPeer SqPeer;

/// What a client can receive: `plain` is i f s only (several clients lose whole messages with other tags).
typedef enum { SQ_PROFILE_PLAIN, SQ_PROFILE_FULL } SqProfile;

typedef struct {
  void *context;
  /// One whole packet. `data` is valid during the call only. May send, close, pause any peer.
  void (*packet)(void *context, SqPeer *peer, const uint8_t *data, size_t size);
  /// The peer is gone (lease over, stream ended, closed by us). Its user slot must be freed here; sends are dropped.
  void (*closed)(void *context, SqPeer *peer);
  /// A packet over the bound arrived on a stream and is being skipped; may be NULL. The caller answers `/fail … limit`.
  void (*oversize)(void *context, SqPeer *peer, size_t size);
  /// Something came from an address that the gate does not admit, and was ignored; may be NULL.
  void (*stranger)(void *context, const char *name);
} SqTransportCallbacks;

typedef struct {
  uint16_t port;           ///< UDP; 0 picks one that is free for UDP on every address and for TCP on port + 1
  const char *const *bind; ///< [n_bind] numeric addresses; NULL: 127.0.0.1 and, where the system has it, ::1
  unsigned n_bind;         ///< at most SQ_TRANSPORT_BINDS
  bool no_tcp;             ///< no OSC over TCP
  const char *unix_path;   ///< the Unix socket to make (0600; a stale one is replaced), or NULL for none
  uint32_t lease_ms;       ///< of UDP peers; 0: SQ_LEASE_MS
  const SqGate *gate;      ///< who is listened to; outlives the transport. NULL: loopback alone
  size_t stream_out;       ///< bytes that may wait for one slow stream reader; 0: SQ_STREAM_OUT
} SqTransportConfig;

#define SQ_TRANSPORT_BINDS 8

/// What went through and what did not; counted since the start.
typedef struct {
  uint64_t packets_in, bytes_in, packets_out, bytes_out;
  uint64_t kernel_dropped;  ///< datagrams that the kernel dropped before us (receive buffer full)
  uint64_t send_again;      ///< datagrams not sent: the send buffer was full
  uint64_t send_failed;     ///< datagrams not sent for any other reason
  uint64_t too_big;         ///< replies over SQ_REPLY_UDP refused
  uint64_t oversize;        ///< incoming stream packets over SQ_PACKET_STREAM
  uint64_t bad_framing;     ///< streams closed because what came is neither length-prefixed nor SLIP
  uint64_t slow_readers;    ///< streams closed because too much waited for them
  uint64_t evicted;         ///< UDP peers forgotten before their lease ended, because SQ_MAX_PEERS were there
  uint64_t strangers;       ///< packets and connections ignored because the gate does not admit their address
  uint64_t streams_refused; ///< connections refused because SQ_MAX_STREAMS were there
  uint32_t peers, streams;  ///< now
  uint32_t receive_buffer;  ///< bytes the kernel granted per UDP socket (smallest); SQ_RECEIVE_BUFFER was asked for
} SqTransportStats;

/// Opens all sockets. `*out` is owned by the caller. On failure `why` gets a sentence with the next step.
/// Errors: SQ_EXISTS port or Unix socket taken by a living process; SQ_BAD_ARGS an address is not numeric; SQ_IO.
SqStatus sq_transport_open(const SqTransportConfig *config, const SqTransportCallbacks *callbacks, SqTransport **out,
                           char *why, size_t why_size);

/// Sends what can be sent at once, calls `closed` for every peer, closes the sockets, removes the Unix socket.
void sq_transport_close(SqTransport *transport);

/// Another lease of UDP peers, for those that are there too.
void sq_transport_set_lease(SqTransport *transport, uint32_t lease_ms);

/// The gate has changed: ends the peers that it does not admit any more.
void sq_transport_recheck(SqTransport *transport);

/// The descriptor to watch for reading.
int sq_transport_fd(const SqTransport *transport);

/// Does what is due, without waiting and bounded: receive, send what waited, accept, end leases.
void sq_transport_poll(SqTransport *transport);

/// The UDP port in use (never 0).
uint16_t sq_transport_port(const SqTransport *transport);

/// The TCP port in use, or 0.
uint16_t sq_transport_tcp_port(const SqTransport *transport);

/// Writes the i-th URL ("osc.udp://127.0.0.1:7793/", "osc.tcp://…", "osc.unix:///run/…") and returns true, or false
/// past the last. The first is UDP.
bool sq_transport_url(const SqTransport *transport, unsigned i, char *url, size_t size);

void sq_transport_stats(SqTransport *transport, SqTransportStats *out);

/// The peer with this id, or NULL when it is gone: what a job that ends later keeps instead of a pointer.
SqPeer *sq_transport_peer(SqTransport *transport, uint64_t id);

/// Unique for ever in one run, never 0.
uint64_t sq_peer_id(const SqPeer *peer);

/// Sends one packet to where the peer's replies go. The bytes are copied or sent before it returns.
/// Errors: SQ_LIMIT over sq_peer_max_reply() (nothing is sent), or a stream reader too slow (it will be closed);
/// SQ_IO not sent (counted).
SqStatus sq_peer_send(SqPeer *peer, const void *data, size_t size);

/// Sends one UDP packet to `port` of the peer's host (`/@TAG:PORT/…`). Errors as sq_peer_send; SQ_BAD_ARGS port 0.
SqStatus sq_peer_send_to_port(SqPeer *peer, uint16_t port, const void *data, size_t size);

/// Where replies go from now on: "9000", "osc.udp://127.0.0.1:9000/", "osc.udp://[::1]:9000/", or "" for back to the
/// source. Errors: SQ_BAD_ARGS not such a URL; SQ_UNSUPPORTED another protocol; SQ_DENIED neither the peer's own host
/// nor, for a local peer, this one (a client must not aim us at others).
SqStatus sq_peer_reply_to(SqPeer *peer, const char *url);

/// The port that a URL as above names on the peer's own host. Errors: as above.
SqStatus sq_peer_port_of(const SqPeer *peer, const char *url, uint16_t *port);

/// The largest packet that sq_peer_send() takes for this peer.
size_t sq_peer_max_reply(const SqPeer *peer);

/// Bytes waiting for a slow stream reader (0 for UDP): streams of meters skip a peer that lags.
size_t sq_peer_waiting(const SqPeer *peer);

void sq_peer_set_user(SqPeer *peer, void *user);
void *sq_peer_user(const SqPeer *peer);

void sq_peer_set_profile(SqPeer *peer, SqProfile profile);
SqProfile sq_peer_profile(const SqPeer *peer);

bool sq_peer_is_stream(const SqPeer *peer);

/// On this machine: Unix socket, or a loopback address that the gate trusts.
bool sq_peer_is_local(const SqPeer *peer);

/// On the Unix socket and of our own uid.
bool sq_peer_is_local_uid(const SqPeer *peer);

/// True after the kernel told us that nothing listens at the peer's address; datagrams to it are then dropped until it
/// sends again. Its lease runs on.
bool sq_peer_is_deaf(const SqPeer *peer);

/// "udp:127.0.0.1:40001", "tcp:[::1]:40001" or "unix:uid=1000,pid=77", for the log.
void sq_peer_name(const SqPeer *peer, char *name, size_t size);

/// Stops (or resumes) reading from a stream, in the middle of a burst too; nothing for UDP.
void sq_peer_pause(SqPeer *peer, bool pause);

/// Ends the peer; `closed` comes from the next poll.
void sq_peer_close(SqPeer *peer);

#endif

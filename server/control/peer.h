// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The inside of the transport, shared by its own files (transport, peers, peer, address, udp, stream) only; control
/// thread.
#ifndef SQ_CONTROL_PEER_H
#define SQ_CONTROL_PEER_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/limits.h"
#include "control/framing.h"
#include "control/transport.h"

/// An IPv4 or IPv6 socket address; 28 bytes instead of the 128 of sockaddr_storage, because there are 65,536 peers.
typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} SqAddress;

/// What a stream connection has beyond a UDP peer.
typedef struct {
  int fd;
  SqFraming framing;
  SqBytes out;
  uint32_t events; ///< what epoll watches; 0 with `watched` false: not in the set
  bool watched;
  bool paused;
  bool ended; ///< nothing more comes in
  bool more;  ///< whole packets are left in the buffer
  bool dirty; ///< `out` was added to during this poll
  bool is_unix;
  uid_t uid;
  pid_t pid;
} SqStream;

struct SqPeer {
  SqTransport *transport;
  uint64_t id;
  SqPeer *chained;       ///< next of the same hash bucket, or of the free list
  SqPeer *older, *newer; ///< UDP peers by their last packet; streams by age
  SqPeer *doomed;        ///< next of those to be closed
  void *user;
  SqStream *stream; ///< NULL: UDP
  int64_t heard_ms; ///< when its last packet came
  SqAddress address, reply;
  uint8_t socket; ///< index of the UDP socket it came in by
  bool redirected;
  bool deaf, closing;
  SqProfile profile;
};

typedef struct {
  int fd;
  SqAddress address;
  bool loopback;
} SqUdpSocket;

typedef struct {
  SqPeer *first, *last;
} SqPeerList;

#define SQ_PEER_BUCKETS 16384u
#define SQ_PEER_CHUNK 64u
#define SQ_PEER_CHUNKS ((SQ_MAX_PEERS + SQ_MAX_STREAMS) / SQ_PEER_CHUNK)

/// Bounds of one poll: a full round of all of them stays under about a millisecond of handling.
#define SQ_POLL_EVENTS 64
#define SQ_POLL_DATAGRAMS 128 ///< per socket
#define SQ_POLL_PACKETS 256   ///< per stream
#define SQ_POLL_ACCEPTS 16
#define SQ_POLL_LEASES 1024

struct SqUdpBatch;

struct SqTransport {
  SqTransportCallbacks callbacks;
  const SqGate *gate;
  SqTransportStats stats;
  int epoll, timer, wake;
  int spare; ///< a descriptor kept back, to refuse connections when there are no others
  SqUdpSocket udp[SQ_TRANSPORT_BINDS];
  unsigned n_udp;
  int tcp[SQ_TRANSPORT_BINDS]; ///< listening, beside udp[]; -1: none
  int unix_fd;
  char unix_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
  dev_t unix_dev;
  ino_t unix_ino;
  uint16_t port, tcp_port;
  uint32_t lease_ms;
  size_t stream_out;
  bool polling, armed, wake_set;
  int64_t now_ms;
  uint64_t hash_seed;
  struct SqUdpBatch *batch;
  uint64_t udp_dropped[SQ_TRANSPORT_BINDS];
  SqPeer *doomed;
  SqPeer *free_peers;
  SqPeerList by_age;  ///< UDP peers, the one silent longest first
  SqPeerList streams; ///< stream peers
  SqPeer *buckets[SQ_PEER_BUCKETS];
  SqPeer *chunks[SQ_PEER_CHUNKS];
  unsigned n_chunks;
};

/// epoll tags: peers' ids have their top bit clear.
#define SQ_TAG(kind, index) (UINT64_C(1) << 63 | (uint64_t)(kind) << 8 | (index))
enum { SQ_TAG_UDP, SQ_TAG_TCP, SQ_TAG_UNIX, SQ_TAG_TIMER, SQ_TAG_WAKE };

// address.c
socklen_t sq_address_size(const SqAddress *address);
bool sq_address_same(const SqAddress *a, const SqAddress *b);
bool sq_address_loopback(const SqAddress *address);
/// Reads a numeric address ("127.0.0.1", "::1", "[::1]", "localhost"). False when it is none.
bool sq_address_parse(const char *text, size_t length, uint16_t port, SqAddress *out);
/// Writes "127.0.0.1:9" or "[::1]:9".
void sq_address_format(const SqAddress *address, char *text, size_t size);
uint16_t sq_address_port(const SqAddress *address);
void sq_address_set_port(SqAddress *address, uint16_t port);

// peers.c
SqPeer *sq_peer_find(SqTransport *transport, unsigned socket, const SqAddress *address);
/// The UDP peer of this address, made when it is new, and its lease renewed. NULL: no memory.
SqPeer *sq_peer_heard(SqTransport *transport, unsigned socket, const SqAddress *address);
/// A fresh peer for a connection, in transport->streams. NULL: no memory.
SqPeer *sq_peer_add_stream(SqTransport *transport, SqStream *stream);
/// Calls `closed` and gives the peer's memory back. Not during one of its own callbacks.
void sq_peer_end(SqPeer *peer);
/// Ends leases that are over and sets the timer for the next.
void sq_peer_expire(SqTransport *transport);

// transport.c
/// Whether what comes from there is listened to; who is not is told of.
bool sq_transport_admits(SqTransport *transport, const SqAddress *from);
/// Makes the next poll come at once.
void sq_transport_wake(SqTransport *transport);

// udp.c
SqStatus sq_udp_open(SqTransport *transport, const SqAddress *address, char *why, size_t why_size);
void sq_udp_receive(SqTransport *transport, unsigned socket);
void sq_udp_errors(SqTransport *transport, unsigned socket);
SqStatus sq_udp_send(SqTransport *transport, unsigned socket, const SqAddress *to, const void *data, size_t size);
/// Index of the socket to reach `to` by, `prefer` where it fits; -1: none of that family.
int sq_udp_socket_for(const SqTransport *transport, unsigned prefer, const SqAddress *to);
struct SqUdpBatch *sq_udp_batch_new(void);
void sq_udp_count_dropped(SqTransport *transport);

// stream.c
SqStatus sq_tcp_listen(SqTransport *transport, unsigned i, uint16_t port, char *why, size_t why_size);
SqStatus sq_unix_listen(SqTransport *transport, const char *path, char *why, size_t why_size);
void sq_stream_accept(SqTransport *transport, int listener, bool is_unix);
void sq_stream_event(SqPeer *peer, uint32_t events);
/// Hands out packets already read, up to the bound of one poll.
void sq_stream_dispatch(SqPeer *peer, unsigned *budget);
SqStatus sq_stream_send(SqPeer *peer, const void *data, size_t size);
void sq_stream_flush(SqPeer *peer);
void sq_stream_watch(SqPeer *peer);
void sq_stream_free(SqStream *stream);

#endif

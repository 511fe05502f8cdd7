// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Every bound of the server in one place, each with its reason; constants, any thread.
#ifndef SQ_BASE_LIMITS_H
#define SQ_BASE_LIMITS_H

#define SQ_MAX_CHANNELS 64 ///< per strip: a 7th-order Ambisonic bus; wider is two strips
#define SQ_MAX_BLOCK 1024  ///< frames; processors are prepared for it once; a longer period is cut, so any works
#define SQ_GRID 16         ///< frames; control-rate work happens where engine frame % 16 == 0
#define SQ_GROUP                                                                                                       \
  64 ///< strips per partial sum of a bus: fixes the order of additions. Fewer, and buses that take
     ///< every eighth strip add up more partial sums than strips; more, and workers have little to share
#define SQ_MAX_STRIPS 16384u          ///< four times the largest desk that is tested
#define SQ_MAX_SLOTS (1u << 18)       ///< things a message can name: 4,096 strips with 64 edges, slots and inserts each
#define SQ_QUEUE_MESSAGES (1u << 15)  ///< control -> audio: a full /dump of 4,096 strips sent back in one burst
#define SQ_REPORT_MESSAGES (1u << 14) ///< audio -> control: one per retired object or event
#define SQ_MAX_SIGNALS 128           ///< parameters of class `signal` in one processor: each may need a block of floats
#define SQ_EVENTS_OUT 1024           ///< events out of one processor in one block
#define SQ_PENDING_EVENTS (1u << 16) ///< timed messages on the audio side: what 100 ms may hold, the rest waits outside
#define SQ_MAX_NAME 63               ///< bytes of a name: fits JACK's port names with prefix and suffix
#define SQ_MAX_HARDWARE 256          ///< JACK ports of one direction
#define SQ_PACKET_UDP 65507          ///< bytes: the largest UDP payload
#define SQ_PACKET_STREAM (1u << 20)  ///< bytes: a chunk of state or a buffer page on a stream
#define SQ_REPLY_UDP 1400            ///< bytes: one Ethernet frame, never fragmented
#define SQ_BUNDLE_DEPTH 8            ///< nested bundles: nobody needs more, recursion stays shallow
#define SQ_MAX_ARGS 4096             ///< arguments of one message: a sequence of 1,024 notes
#define SQ_MAX_WAITING 1024          ///< messages that wait for one object in building
#define SQ_MAX_SAMPLE_BYTES (1u << 30) ///< of one sound in memory: 46 min of stereo at 48 kHz; longer belongs on disk
#define SQ_MAX_ZONES 4096u             ///< of one sampler: 128 keys in 32 layers; a note looks at each
#define SQ_AHEAD_EARLIER 1024        ///< stored bundles carried out for trial before a later one: 3 ms of control time
#define SQ_AHEAD_AGAIN 16            ///< stored bundles tried anew when one arrives that may be what they lacked
#define SQ_LEASE_MS 60000            ///< a silent UDP client is forgotten after this time
#define SQ_MAX_PEERS (1u << 16)      ///< UDP clients: one shell command is one, a thousand a second fit in a lease
#define SQ_MAX_STREAMS 256           ///< stream connections: each holds a descriptor and a buffer
#define SQ_STREAM_OUT (64u << 20)    ///< bytes waiting for one stream reader: a dump of 4,096 strips, twice
#define SQ_RECEIVE_BUFFER (4u << 20) ///< bytes asked of the kernel per UDP socket: 10,000 messages while we are away

#endif

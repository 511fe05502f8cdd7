// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

// ---- nets -----------------------------------------------------------------------------------------------------------

/// "10.0.0.0/8", "::1", "192.168.1.7".
static bool read_net(const char *text, size_t n, SqNet *net) {
  char host[INET6_ADDRSTRLEN + 8];
  if (n >= sizeof host)
    return false;
  memcpy(host, text, n);
  host[n] = 0;
  char *slash = strchr(host, '/');
  if (slash)
    *slash = 0;
  *net = (SqNet){.family = strchr(host, ':') ? AF_INET6 : AF_INET};
  const unsigned most = net->family == AF_INET6 ? 128 : 32;
  net->bits = most;
  if (inet_pton(net->family, host, net->bytes) != 1)
    return false;
  if (!slash)
    return true;
  char *end;
  const unsigned long bits = strtoul(slash + 1, &end, 10);
  net->bits = (unsigned)bits;
  return slash[1] >= '0' && slash[1] <= '9' && !*end && bits <= most;
}

static bool holds(const SqNet *net, int family, const uint8_t *bytes) {
  const unsigned whole = net->bits / 8, rest = net->bits % 8;
  if (net->family != family || memcmp(net->bytes, bytes, whole) != 0)
    return false;
  return rest == 0 || (net->bytes[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}

/// The address's bytes and family; one of IPv4 in IPv6's clothes is IPv4.
static const uint8_t *bytes_of(const struct sockaddr *address, int *family) {
  *family = address->sa_family;
  if (address->sa_family == AF_INET)
    return (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
  if (address->sa_family != AF_INET6)
    return NULL;
  const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
  if (!IN6_IS_ADDR_V4MAPPED(six))
    return six->s6_addr;
  *family = AF_INET;
  return six->s6_addr + 12;
}

static bool is_loopback(int family, const uint8_t *bytes) {
  return family == AF_INET ? bytes[0] == 127 : IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)(const void *)bytes);
}

bool sq_gate_is_local(const SqGate *gate, const struct sockaddr *address) {
  int family;
  const uint8_t *bytes = bytes_of(address, &family);
  return bytes && gate->trusts_loopback && is_loopback(family, bytes);
}

bool sq_gate_admits(const SqGate *gate, const struct sockaddr *address) {
  int family;
  const uint8_t *bytes = bytes_of(address, &family);
  if (!bytes)
    return false;
  if (gate->trusts_loopback && is_loopback(family, bytes))
    return true;
  for (uint32_t i = 0; i < gate->n_nets; i++)
    if (holds(&gate->nets[i], family, bytes))
      return true;
  return false;
}

// ---- the key --------------------------------------------------------------------------------------------------------

bool sq_gate_fits(const char *secret, const char *text) {
  const size_t n = strlen(secret), m = strlen(text);
  unsigned wrong = n != m || n == 0;
  for (size_t i = 0; i < m && n; i++)
    wrong |= (unsigned)(secret[i % n] ^ text[i]);
  return wrong == 0;
}

static SqStatus read_key(const char *path, char key[SQ_KEY_MAX + 1], char *why, size_t size) {
  struct stat info;
  FILE *file = fopen(path, "re");
  if (!file || fstat(fileno(file), &info) != 0) {
    snprintf(why, size, "cannot read the key in %s: %s", path, strerror(errno));
    if (file)
      fclose(file);
    return SQ_IO;
  }
  char line[SQ_KEY_MAX + 3] = "";
  const bool got = fgets(line, sizeof line, file) != NULL;
  fclose(file);
  const size_t n = got ? strcspn(line, "\r\n") : 0;
  if (info.st_mode & (S_IRWXG | S_IRWXO)) {
    snprintf(why, size, "the key in %s can be read by others; chmod 600 %s", path, path);
    return SQ_DENIED;
  }
  if (n < SQ_KEY_MIN || n > SQ_KEY_MAX) {
    snprintf(why, size, "the key in %s has %zu bytes; its first line must have %d to %d", path, n, SQ_KEY_MIN,
             SQ_KEY_MAX);
    return SQ_BAD_ARGS;
  }
  memcpy(key, line, n);
  key[n] = 0;
  return SQ_OK;
}

// ---- both -----------------------------------------------------------------------------------------------------------

SqStatus sq_gate_read(const SqGateConfig *config, SqGate *gate, char *why, size_t size) {
  *gate = (SqGate){.trusts_loopback = config->trusts_loopback};
  SqStatus status = SQ_OK;
  for (const char *at = config->allow; status == SQ_OK && *(at += strspn(at, ", \t"));) {
    const size_t n = strcspn(at, ", \t");
    gate->nets = sq_realloc(gate->nets, gate->n_nets + 1, sizeof *gate->nets);
    if (!read_net(at, n, &gate->nets[gate->n_nets++])) {
      snprintf(why, size, "'%.*s' is neither an address nor a net; write 192.168.1.7 or 192.168.1.0/24", (int)n, at);
      status = SQ_BAD_ARGS;
    }
    at += n;
  }
  if (status == SQ_OK && *config->key_file)
    status = read_key(config->key_file, gate->key, why, size);
  if (status != SQ_OK)
    sq_gate_cleanup(gate);
  return status;
}

void sq_gate_cleanup(SqGate *gate) {
  free(gate->nets);
  *gate = (SqGate){0};
}

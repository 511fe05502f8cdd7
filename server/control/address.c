// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "control/peer.h"

socklen_t sq_address_size(const SqAddress *address) {
  return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

bool sq_address_same(const SqAddress *a, const SqAddress *b) {
  if (a->any.sa_family != b->any.sa_family)
    return false;
  if (a->any.sa_family == AF_INET)
    return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
  return a->v6.sin6_port == b->v6.sin6_port && a->v6.sin6_scope_id == b->v6.sin6_scope_id &&
         memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

bool sq_address_loopback(const SqAddress *address) {
  if (address->any.sa_family == AF_INET)
    return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
  return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

bool sq_address_parse(const char *text, size_t length, uint16_t port, SqAddress *out) {
  char host[INET6_ADDRSTRLEN];
  if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
    text++;
    length -= 2;
  }
  if (length >= sizeof host)
    return false;
  memcpy(host, text, length);
  host[length] = '\0';
  memset(out, 0, sizeof *out);
  const char *numeric = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
  if (inet_pton(AF_INET, numeric, &out->v4.sin_addr) == 1) {
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    return true;
  }
  if (inet_pton(AF_INET6, numeric, &out->v6.sin6_addr) == 1) {
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    return true;
  }
  return false;
}

void sq_address_format(const SqAddress *address, char *text, size_t size) {
  char host[INET6_ADDRSTRLEN] = "?";
  if (address->any.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
    snprintf(text, size, "[%s]:%u", host, (unsigned)sq_address_port(address));
  } else {
    inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
    snprintf(text, size, "%s:%u", host, (unsigned)sq_address_port(address));
  }
}

uint16_t sq_address_port(const SqAddress *address) {
  return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

void sq_address_set_port(SqAddress *address, uint16_t port) {
  if (address->any.sa_family == AF_INET6)
    address->v6.sin6_port = htons(port);
  else
    address->v4.sin_port = htons(port);
}

// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Under the address sanitizer modules stay loaded, so that what a plug-in leaks bears the plug-in's name and
// tests/support/leaks can tell it from ours.
#if defined(__SANITIZE_ADDRESS__)
int dlclose(void *module);

int dlclose(void *module) {
  (void)module;
  return 0;
}
#else
typedef int sq_nothing_to_keep; // a file is not empty
#endif

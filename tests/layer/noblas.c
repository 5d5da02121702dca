// SPDX-License-Identifier: Apache-2.0
/* In CLBlast's place (LD_LIBRARY_PATH), for tests: whoever calls it ends the program. */
#include <stdio.h>
#include <stdlib.h>

#define STUB(name)                                                                                 \
  int name(void);                                                                                  \
  int name(void) {                                                                                 \
    fputs("noblas: " #name " was called\n", stderr);                                               \
    abort();                                                                                       \
  }
STUB(CLBlastOverrideParameters)
STUB(CLBlastSGemmTempBufferSize)
STUB(CLBlastSgemmWithTempBuffer)

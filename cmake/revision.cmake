# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT with the version and git revision; leaves it alone when nothing changed.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE revision ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE failed)
if(failed OR revision STREQUAL "")
  set(revision "unknown")
endif()
set(text "#define RB_VERSION \"${VERSION}\"\n#define RB_REVISION \"${revision}\"\n#define RB_BUILD_TYPE \"${BUILD}\"\n")
set(old "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" old)
endif()
if(NOT old STREQUAL text)
  file(WRITE "${OUTPUT}" "${text}")
endif()

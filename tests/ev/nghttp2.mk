# SPDX-License-Identifier: MIT
#
# nghttp2's programs on libev: a server, a client, a load generator. In place of
# its own build, which makes much more. SOURCE: where it is; EV, LIBRARIES: how
# to find libev.
HAVE := ARPA_INET_H NETINET_IN_H NETDB_H FCNTL_H SYS_SOCKET_H SYS_TIME_H TIME_H \
	UNISTD_H SYSLOG_H STDLIB_H STRING_H PWD_H STRUCT_TM_TM_GMTOFF=1 \
	_EXIT=1 ACCEPT4=1 INITGROUPS=1 THREAD_LOCAL=1
FLAGS := -O0 -w -MMD -D_GNU_SOURCE $(HAVE:%=-DHAVE_%) -DNGHTTP2_STATICLIB \
	-DPACKAGE_VERSION='"1"' -DPACKAGE='"nghttp2"' -DPKGDATADIR='"/"' \
	-Iinclude -I$(SOURCE)/lib/includes -I$(SOURCE)/lib -I$(SOURCE)/src \
	-I$(SOURCE)/third-party -I$(SOURCE)/third-party/llhttp/include $(EV)
LIBS = $(LIBRARIES) -lssl -lcrypto -lz -lpthread
SHARED := $(patsubst $(SOURCE)/lib/%.c,lib_%.o,$(wildcard $(SOURCE)/lib/*.c)) \
	util.o http2.o timegm.o app_helper.o nghttp2_gzip.o tls.o \
	url-parser_url_parser.o llhttp_src_llhttp.o llhttp_src_http.o \
	llhttp_src_api.o

all: nghttpd nghttp h2load

nghttpd: nghttpd.o HttpServer.o $(SHARED)
	g++ -o $@ $^ $(LIBS)
nghttp: nghttp.o $(SHARED)
	g++ -o $@ $^ $(LIBS)
h2load: h2load.o h2load_http1_session.o h2load_http2_session.o $(SHARED)
	g++ -o $@ $^ $(LIBS)

VERSION := include/nghttp2/nghttp2ver.h
$(VERSION): $(SOURCE)/lib/includes/nghttp2/nghttp2ver.h.in
	mkdir -p $(@D)
	sed 's/@PACKAGE_VERSION@/1/; s/@PACKAGE_VERSION_NUM@/1/' $< >$@

lib_%.o: $(SOURCE)/lib/%.c $(VERSION)
	gcc $(FLAGS) -c -o $@ $<
url-parser_%.o: $(SOURCE)/third-party/url-parser/%.c
	gcc $(FLAGS) -c -o $@ $<
llhttp_src_%.o: $(SOURCE)/third-party/llhttp/src/%.c
	gcc $(FLAGS) -c -o $@ $<
%.o: $(SOURCE)/src/%.c $(VERSION)
	gcc $(FLAGS) -c -o $@ $<
%.o: $(SOURCE)/src/%.cc $(VERSION)
	g++ -std=c++17 $(FLAGS) -c -o $@ $<

-include *.d

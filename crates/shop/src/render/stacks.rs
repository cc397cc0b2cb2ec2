//! Stack traces, as each language of the shop prints them.

pub(super) const CATALOG_BAD_VERSION: &str = "goroutine 4127 [running]:
shop.example/catalog/internal/price.(*Formatter).Format(0x0, {0xc0004a6000, 0x3})
\t/src/catalog/internal/price/format.go:58 +0x1c
shop.example/catalog/internal/server.(*Catalog).GetProduct(0xc0001b2000, {0x1a3c2e8, 0xc0003f8a20}, 0xc0002d4040)
\t/src/catalog/internal/server/product.go:91 +0x2f4
google.golang.org/grpc.(*Server).processUnaryRPC(0xc0001c8000)
\t/go/pkg/mod/google.golang.org/grpc@v1.76.0/server.go:1431 +0xde6";

pub(super) const CATALOG_NO_CONNECTION: &str = "goroutine 911 [running]:
shop.example/catalog/internal/store.(*Products).Find(0xc00019e000, {0x1a3c2e8, 0xc00041c150}, 0x1c4)
\t/src/catalog/internal/store/products.go:44 +0x188
shop.example/catalog/internal/server.(*Catalog).GetProduct(0xc0001b2000, {0x1a3c2e8, 0xc00041c150}, 0xc0002d4140)
\t/src/catalog/internal/server/product.go:77 +0x11c";

pub(super) const COUPON_TWICE: &str =
    "example.shop.order.CouponAlreadyAppliedException: coupon WELCOME10 applied twice
\tat example.shop.order.Pricing.applyCoupon(Pricing.kt:143)
\tat example.shop.order.Pricing.total(Pricing.kt:88)
\tat example.shop.order.OrderService.create(OrderService.kt:61)
\tat example.shop.order.OrderGrpc$create$1.invokeSuspend(OrderGrpc.kt:37)
\tat kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:34)";

pub(super) const ORDER_DEADLOCK: &str = "org.postgresql.util.PSQLException: ERROR: deadlock detected
  Detail: Process 2210 waits for ShareLock on transaction 884133; blocked by process 2198.
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725)
\tat example.shop.order.OrderStore.insert(OrderStore.kt:112)
\tat example.shop.order.OrderService.create(OrderService.kt:79)";

pub(super) const ORDER_TIMEOUT: &str =
    "org.postgresql.util.PSQLException: ERROR: canceling statement due to statement timeout
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2725)
\tat example.shop.order.OrderStore.find(OrderStore.kt:47)
\tat example.shop.order.OrderService.get(OrderService.kt:118)";

pub(super) const SEARCH_REJECTED: &str =
    "co.elastic.clients.elasticsearch._types.ElasticsearchException: [es/search] failed: [es_rejected_execution_exception]
\tat co.elastic.clients.transport.ElasticsearchTransportBase.getApiResponse(ElasticsearchTransportBase.java:345)
\tat example.shop.search.Index.find(Index.java:71)
\tat example.shop.search.SearchResource.search(SearchResource.java:39)";

pub(super) const PROVIDER_TIMEOUT: &str = "provider did not answer within 500 ms
   0: payment::provider::Client::charge
             at src/provider/charge.rs:118
   1: payment::service::charge
             at src/service.rs:64";

pub(super) const CART_CONNECTION: &str = "goroutine 77 [running]:
shop.example/cart/internal/store.(*Carts).Load(0xc000130000, {0x15c1d60, 0xc0002a0f00})
\t/src/cart/internal/store/carts.go:39 +0x9c
shop.example/cart/internal/server.(*Cart).Get(0xc00012a000, {0x15c1d60, 0xc0002a0f00}, 0xc000194140)
\t/src/cart/internal/server/cart.go:52 +0x74";

pub(super) const ACCOUNT_POOL: &str =
    "Npgsql.NpgsqlException (0x80004005): The connection pool has been exhausted
   at Npgsql.PoolingDataSource.Get(NpgsqlConnection conn, NpgsqlTimeout timeout, CancellationToken cancellationToken)
   at Shop.Account.Accounts.FindAsync(String email) in /src/Account/Accounts.cs:line 58
   at Shop.Account.LoginService.SignIn(LoginRequest request, ServerCallContext context) in /src/Account/LoginService.cs:line 33";

pub(super) const MAIL_REFUSED: &str = "Traceback (most recent call last):
  File \"/app/mail/worker.py\", line 71, in handle
    smtp.send_message(message)
  File \"/usr/lib/python3.13/smtplib.py\", line 988, in send_message
    raise SMTPRecipientsRefused(senderrs)
smtplib.SMTPRecipientsRefused: {'customer@example.com': (451, b'4.7.1 try again later')}";

pub(super) const FRONTEND_RENDER: &str = "TypeError: Cannot read properties of undefined (reading 'banners')
    at renderHome (/app/dist/pages/home.js:42:31)
    at async handler (/app/dist/server.js:118:18)";

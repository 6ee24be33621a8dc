"""One HTTP request: prints the status, then the body. ask.py METHOD URL [--token T] [--data D] [--header N:V]"""
import sys
import urllib.error
import urllib.request

method, url = sys.argv[1:3]
options = list(zip(sys.argv[3::2], sys.argv[4::2]))
data = next((v.encode() for k, v in options if k == "--data"), None)
request = urllib.request.Request(url, data=data, method=method)
if data is not None:
    request.add_header("Content-Type", "application/json")
for name, value in options:
    if name == "--token":
        request.add_header("Authorization", "Bearer " + value)
    if name == "--header":
        request.add_header(*value.split(":", 1))
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        print(answer.status)
        sys.stdout.write(answer.read().decode())
except urllib.error.HTTPError as refused:
    print(refused.code)
    sys.stdout.write(refused.read().decode())
except OSError as away:
    print("0")
    sys.stdout.write(str(away))
